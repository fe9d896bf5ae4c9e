// One event as conditions see it: the event itself, its bodies (opened when first asked for, parsed at most
// once), and what is derived from both.
#pragma once

#include <boost/container/small_vector.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/request/request.h"
#include "rules/path.h"

namespace redshank::rules {

// A value of a field. `text` is always there: the string itself, or the JSON as written.
struct Value {
    enum class Kind : uint8_t { Text, Number, Bool, Json };
    Kind kind = Kind::Text;
    std::string_view text;
    double number = 0;  // of a Number

    static Value of(std::string_view text) { return {Kind::Text, text, 0}; }
    static Value of(bool truth) { return {Kind::Bool, truth ? "true" : "false", truth ? 1.0 : 0.0}; }
};
// Fields have none, one or many values.
using Values = boost::container::small_vector<Value, 8>;

// What stands in no event, and is known beside it.
struct Beside {
    bool is_own_network = false;         // the peer's address is in one of [rules] own_networks
    std::optional<double> own_age = {};  // seconds since the caller made the object, as the log shows
    // The grant's binding came into use in a log that is a week old, and nothing in it made it.
    bool is_unseen_grant = false;
    std::string_view binding_role = {};  // of the binding that the request is about; "" when it is not known
};

enum class Body : uint8_t {
    Request,     // requestObject
    Response,    // responseObject
    Change,      // requestObject, a JSON patch unfolded into the objects that it adds
    Pod,         // the pod spec inside Change, of whatever kind of workload
    Containers,  // the containers, init containers and ephemeral containers of Pod
    Whole,       // the event itself, as event_json() writes it
    Scope,       // the item that `any … has (…)` looks at
};

// Reused from event to event; not thread-safe. Views it hands out live until the next reset().
class Context {
  public:
    Context();
    ~Context();
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    // `answers`, `cluster`: see Observation. The request must live as long as the context is asked, and so
    // must the name of the cluster.
    void reset(const Request& request, bool answers, std::string_view cluster = {});

    // After reset(), which forgets it.
    void know(const Beside& beside) { beside_ = beside; }

    const Request& request() const { return *request_; }
    const audit::Event& event() const { return request_->event; }
    bool answers() const { return answers_; }
    // Whose log the event is from; "" when nobody said.
    std::string_view cluster() const { return cluster_; }
    const Beside& beside() const { return beside_; }
    bool is_dry_run();

    // Keeps a text that was made for this event.
    std::string_view keep(std::string_view text) { return arena_.copy(text); }
    Value number(int64_t value);

    // Appends what stands at the path in a body. With `presence`, composite values come without their text.
    void body_values(Body body, const Path& path, Values& out, bool presence = false);
    // Appends the keys of the objects at the path.
    void body_keys(Body body, const Path& path, Values& out);
    // -1, or what was put there for this text under the number `of` (0 or 1). Kept from event to event.
    signed char& memo(uint64_t of, std::string_view text);

    // How many items there are at the path for enter(); the items stay addressable until leave().
    size_t open_scope(Body body, const Path& path);
    void enter(size_t item);
    void leave();

  private:
    struct Json;

    const Request* request_ = nullptr;
    bool answers_ = false;
    std::string_view cluster_;
    Beside beside_;
    static constexpr size_t kMaxKept = 4096, kMaxMemos = 1024;
    struct TextHash {
        using is_transparent = void;
        size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    template <typename T>
    using ByText = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;
    std::unordered_map<uint64_t, ByText<signed char>> memos_;
    audit::Arena arena_;
    std::unique_ptr<Json> json_;
};

}  // namespace redshank::rules
