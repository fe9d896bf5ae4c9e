// One event as conditions see it: the event, its bodies (parsed at most once, and only when a condition asks
// for them), and the values that are derived from both.
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

// A value of a field. `text` is always set: the string itself, or the JSON as written.
struct Value {
    enum class Kind : uint8_t { Text, Number, Bool, Json };
    Kind kind = Kind::Text;
    std::string_view text;
    double number = 0;  // for Kind::Number

    static Value of(std::string_view text) { return {Kind::Text, text, 0}; }
    static Value of(bool truth) { return {Kind::Bool, truth ? "true" : "false", truth ? 1.0 : 0.0}; }
};
// Fields have none, one or many values.
using Values = boost::container::small_vector<Value, 8>;

// Facts about an event that the event itself does not contain. The detector of rules fills them in.
struct Beside {
    bool is_own_network = false;         // the peer's address is in one of [rules] own_networks
    std::optional<double> own_age = {};  // seconds since the caller created the object, if the log shows it
    // The grant's binding came into use recently, in a log that is a week old, and the log does not show its
    // creation.
    bool is_unseen_grant = false;
    std::string_view binding_role = {};  // role of the binding in the request; "" if not known
    bool gives_everything = false;       // a binding: its role is a company's own, and gives everything
    bool gives_little = false;           // a binding: its role is known and reaches little
    bool binds_little = false;           // a role: those that it may bind are named and reach little
    bool is_everyones = false;           // a role that reached little, and is bound to everybody, is changed
    bool gives_fresh = false;  // a binding: all its subjects are accounts of namespaces that the caller has
                               // just made; a Role: it is in one
    bool gives_self =
        false;  // a binding: the caller, or an account of its own namespace, is among its subjects
    bool gives_caller = false;  // a binding: the caller itself, or a group of its own, is among its subjects
    bool in_own_namespace = false;  // the caller made the namespace of the binding
    // A webhook configuration that somebody else made and keeps: it asks a URL, lets through what it refused.
    bool asks_outside = false, fails_open = false;
    bool is_anothers = false;     // a namespace is deleted by an account that has only deleted its own
    bool is_at_home = false;      // somebody with all rights, in a network where he was on an earlier day
    bool looks_around = false;    // the same, with a client that lists whatever there is, shows all Secrets
    bool is_new_cluster = false;  // the API server has made kube-system within the last day
    bool installs = false;        // a program whose role it is to apply such objects for the whole cluster
    // Why a controller was asked to make this workload, in words; "" when nothing shows that.
    std::string_view errand = {};
    bool is_asked = false;            // the errand is one that the log shows being asked for
    bool is_new_order = false;        // a custom resource by which a controller that installs is told what
    bool is_false_server = false;     // system:apiserver from where no API server is
    bool is_of_mighty = false;        // of a service account that was seen with all rights
    bool is_installed_grant = false;  // a Pod uses a grant that an installer made within the last day
};

enum class Body : uint8_t {
    Request,     // requestObject
    Response,    // responseObject
    Change,      // requestObject; a JSON patch is unfolded into the objects that it adds
    Pod,         // the pod spec inside Change, for any kind of workload
    Containers,  // the containers, init containers and ephemeral containers of that pod spec
    Whole,       // the event itself, as event_json() writes it
    Scope,       // the item that `any … has (…)` tests
};

// Reused from event to event; not thread-safe. The views that it returns are valid until the next reset().
class Context {
  public:
    Context();
    ~Context();
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    // `answers` and `cluster`: see Observation. The context keeps references to the request and the cluster's
    // name: both must outlive its use.
    void reset(const Request& request, bool answers, std::string_view cluster = {});

    // Call it after reset(), which clears these facts.
    void know(const Beside& beside) { beside_ = beside; }

    const Request& request() const { return *request_; }
    const audit::Event& event() const { return request_->event; }
    bool answers() const { return answers_; }
    // The cluster whose log the event is from; "" when the source has no cluster's name.
    std::string_view cluster() const { return cluster_; }
    const Beside& beside() const { return beside_; }
    bool is_dry_run();

    // Copies a text; the copy lives until the next reset().
    std::string_view keep(std::string_view text) { return arena_.copy(text); }
    Value number(int64_t value);

    // Appends the values at the path in a body. With `presence`, objects and arrays come without their text.
    void body_values(Body body, const Path& path, Values& out, bool presence = false);
    // Appends the keys of the objects at the path.
    void body_keys(Body body, const Path& path, Values& out);
    // A cached result for this text under the number `of`: 0, 1, or -1 when none was stored. The cache
    // outlives reset().
    signed char& memo(uint64_t of, std::string_view text);

    // Returns the number of items at the path, for enter(). The items stay valid until leave().
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
