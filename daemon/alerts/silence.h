// Silences: what people do not want to hear of for a while. Rows of the table "silences", written by
// `redshank silence`, read by the delivery thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/time.h"
#include "core/finding/finding.h"
#include "core/state/describe.h"
#include "core/state/state.h"

namespace redshank {

struct Matcher {
    std::string field;  // see alert_fields(); or "incident": its id, or how that begins
    std::string op;     // = != =~ !~
    std::string value;
    // Set for =~ and !~: whether a text matches as a whole. RE2, so no pattern takes long.
    std::function<bool(std::string_view)> regex;

    // `incident`: the id of the one that the finding is in, "" for none.
    bool matches(const Finding& finding, std::string_view incident) const;
};

// "actor=alice", "kind=~crd-.*". Throws std::runtime_error: what is wrong and what is allowed.
Matcher parse_matcher(std::string_view text);
// The form in a row: the text from which it was parsed.
std::string stored(const Matcher& matcher);
bool restore(Matcher& matcher, const std::string& text);

struct Silence {
    std::string id;
    std::vector<Matcher> matchers;  // all must match
    audit::Time starts{}, ends{};
    std::string author, comment;

    bool is_active(audit::Time now) const { return starts <= now && now < ends; }
    bool matches(const Finding& finding, std::string_view incident = {}) const;
};

template <class V>
void describe(V& v, Silence& row) {
    v.must("id", row.id);
    v.must("matchers", row.matchers);
    v.must("starts", row.starts);
    v.must("ends", row.ends);
    v("author", row.author);
    v("comment", row.comment);
}

inline constexpr std::string_view kSilenceTable = "silences";
inline constexpr size_t kMaxSilences = 1000;

// Sorted by id.
std::vector<Silence> read_silences(const StateReader& state);

}  // namespace redshank
