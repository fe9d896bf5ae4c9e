#include "daemon/alerts/silence.h"

#include <re2/re2.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "core/finding/fields.h"
#include "core/state/row.h"

namespace redshank {

namespace {

constexpr std::string_view kIncident = "incident";
constexpr size_t kShortestId = 6;  // "i_4k2m"

}  // namespace

bool Matcher::matches(const Finding& finding, std::string_view incident) const {
    const bool of_incident = field == kIncident;
    const std::string text = of_incident ? std::string(incident) : alert_field(finding, field).value_or("");
    const bool begins = of_incident && !value.empty() && text.starts_with(value);
    const bool same = regex ? regex(text) : begins || text == value;
    return op[0] == '!' ? !same : same;
}

Matcher parse_matcher(std::string_view text) {
    const size_t at = text.find_first_of("=!");
    if (at == std::string_view::npos || at == 0) {
        throw std::runtime_error("\"" + std::string(text) +
                                 "\": a matcher is FIELD=VALUE, or with !=, =~ or !~");
    }
    Matcher out{.field = std::string(text.substr(0, at)), .op = {}, .value = {}, .regex = {}};
    for (const std::string_view op : {"=~", "!~", "!=", "="}) {
        if (!text.substr(at).starts_with(op)) continue;
        out.op = op;
        out.value = text.substr(at + op.size());
        break;
    }
    if (out.op.empty()) {
        throw std::runtime_error("\"" + std::string(text) + "\": the operator must be =, !=, =~ or !~");
    }
    std::vector<std::string_view> fields = alert_fields();
    fields.push_back(kIncident);
    if (std::find(fields.begin(), fields.end(), out.field) == fields.end()) {
        std::string known;
        for (const std::string_view field : fields) known += (known.empty() ? "" : ", ") + std::string(field);
        throw std::runtime_error("\"" + out.field + "\" is no field (known: " + known + ")");
    }
    const bool is_id = out.field == kIncident && out.op.back() != '~' && !out.value.empty();
    if (is_id && (out.value.size() < kShortestId || !out.value.starts_with("i_"))) {
        throw std::runtime_error("\"" + out.value +
                                 "\": give at least six characters of the incident's id, such as i_4k2m");
    }
    if (out.op.back() == '~') {
        RE2::Options options;
        options.set_log_errors(false);
        auto compiled = std::make_shared<RE2>(out.value, options);
        if (!compiled->ok()) throw std::runtime_error("\"" + out.value + "\": " + compiled->error());
        out.regex = [compiled](std::string_view subject) {
            return RE2::FullMatch(re2::StringPiece(subject.data(), subject.size()), *compiled);
        };
    }
    return out;
}

bool Silence::matches(const Finding& finding, std::string_view incident) const {
    return !matchers.empty() && std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& matcher) {
        return matcher.matches(finding, incident);
    });
}

std::string stored(const Matcher& matcher) {
    return matcher.field + matcher.op + matcher.value;
}

bool restore(Matcher& matcher, const std::string& text) {
    try {
        matcher = parse_matcher(text);
        return true;
    } catch (const std::runtime_error&) {
        return false;
    }
}

std::vector<Silence> read_silences(const StateReader& state) {
    std::vector<Silence> out;
    load_rows<Silence>(state, kSilenceTable, "", [&](std::string_view, Silence silence) {
        if (out.size() < kMaxSilences) out.push_back(std::move(silence));
    });
    return out;
}

}  // namespace redshank
