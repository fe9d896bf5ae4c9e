#include "rules/context.h"

#include <simdjson.h>

#include <array>
#include <tuple>
#include <vector>

#include "audit/lenient_json.h"
#include "rules/event_json.h"

namespace redshank::rules {

namespace dom = simdjson::dom;

namespace {

using Elements = std::vector<dom::element>;

struct Workload {
    std::string_view resource;
    std::vector<std::string_view> path;  // to the pod spec
};

// The built-in kinds that hold a pod template, and the path to its spec.
const std::array kWorkloads = {
    Workload{"pods", {"spec"}},
    Workload{"deployments", {"spec", "template", "spec"}},
    Workload{"daemonsets", {"spec", "template", "spec"}},
    Workload{"statefulsets", {"spec", "template", "spec"}},
    Workload{"replicasets", {"spec", "template", "spec"}},
    Workload{"replicationcontrollers", {"spec", "template", "spec"}},
    Workload{"jobs", {"spec", "template", "spec"}},
    Workload{"cronjobs", {"spec", "jobTemplate", "spec", "template", "spec"}},
    Workload{"podtemplates", {"template", "spec"}},
};

// Finds the last of equal keys, as the API server's decoder does. Equal keys occur because a patch is logged
// as it was sent.
bool find_member(const dom::object& object, std::string_view key, dom::element& found) {
    bool is_there = false;
    for (const auto field : object) {
        if (field.key != key) continue;
        found = field.value;
        is_there = true;
    }
    return is_there;
}

void walk_key(dom::element from, std::string_view key, bool exact, Elements& out) {
    dom::object object;
    dom::array array;
    dom::element found;
    if (from.get(object) == simdjson::SUCCESS) {
        if (find_member(object, key, found)) out.push_back(found);
    } else if (from.get(array) == simdjson::SUCCESS) {
        if (!exact) {
            for (const dom::element item : array) walk_key(item, key, exact, out);
        } else if (is_digits(key) && key.size() < 9) {
            if (array.at(std::stoul(std::string(key))).get(found) == simdjson::SUCCESS) out.push_back(found);
        }
    }
}

void walk(dom::element from, const Path& path, Elements& out) {
    Elements now{from}, next;
    for (const Step& step : path.steps) {
        next.clear();
        for (const dom::element element : now) {
            dom::array array;
            dom::element found;
            switch (step.kind) {
                case Step::Kind::Key:
                    walk_key(element, step.key, path.exact, next);
                    break;
                case Step::Kind::Index:
                    if (element.get(array) == simdjson::SUCCESS &&
                        array.at(step.index).get(found) == simdjson::SUCCESS) {
                        next.push_back(found);
                    }
                    break;
                case Step::Kind::Each:
                    if (element.get(array) == simdjson::SUCCESS) {
                        for (const dom::element item : array) next.push_back(item);
                    }
                    break;
            }
        }
        now.swap(next);
        if (now.empty()) return;
    }
    out.insert(out.end(), now.begin(), now.end());
}

// Builds nested objects from a JSON pointer, last segment first:
// {"op":"add","path":"/spec/hostPID","value":true} becomes {"spec":{"hostPID":true}}. A segment that is a
// number or "-" becomes an array with one item.
std::string unfold(std::string_view pointer, std::string value) {
    while (!pointer.empty()) {
        const size_t slash = pointer.rfind('/');
        if (slash == pointer.npos) return value;
        const std::string_view segment = pointer.substr(slash + 1);
        pointer = pointer.substr(0, slash);
        if (segment == "-" || is_digits(segment)) {
            value = "[" + value + "]";
            continue;
        }
        std::string key;
        for (size_t i = 0; i < segment.size(); ++i) {
            const char c = segment[i];
            if (c == '~' && i + 1 < segment.size()) {
                key += segment[++i] == '1' ? '/' : '~';
            } else if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) {
                key += '?';
            } else {
                key += c;
            }
        }
        value = "{\"" + key + "\":" + value + "}";
    }
    return value;
}

// Turns a JSON patch into an array of the objects that it adds; "" when the body is no JSON patch.
std::string unfold_patch(dom::element patch) {
    dom::array operations;
    if (patch.get(operations) != simdjson::SUCCESS) return {};
    std::string text = "[";
    for (const dom::element operation : operations) {
        dom::object object;
        dom::element kind, path, value;
        std::string_view verb, pointer;
        if (operation.get(object) != simdjson::SUCCESS || !find_member(object, "op", kind) ||
            !find_member(object, "path", path) || !find_member(object, "value", value) ||
            kind.get(verb) != simdjson::SUCCESS || path.get(pointer) != simdjson::SUCCESS) {
            continue;
        }
        if ((verb != "add" && verb != "replace") || pointer.size() > 1024) continue;
        if (text.size() > 1) text += ',';
        text += unfold(pointer, simdjson::minify(value));
    }
    return text + "]";
}

}  // namespace

struct Context::Json {
    struct Document {
        dom::parser parser;
        std::string padded;
        bool opened = false;
        std::optional<dom::element> root;

        // `text` needs no padding: it is copied into a padded buffer.
        void open(std::string_view text) {
            opened = true;
            root.reset();
            if (text.empty()) return;
            // The copy costs little next to parsing.
            padded.assign(text);
            if (parse()) return;
            padded = audit::lenient_json(text);
            std::ignore = parser.allocate(padded.size(), audit::kDeepestJson);
            parse();
        }

        bool parse() {
            const size_t size = padded.size();
            padded.append(simdjson::SIMDJSON_PADDING, '\0');
            dom::element element;
            if (parser.parse(padded.data(), size, false).get(element) != simdjson::SUCCESS) return false;
            root = element;
            return true;
        }
    };
    Document request, response, change, whole;
    std::optional<Elements> pod;
    struct Scope {
        Elements items;
        size_t current = 0;
    };
    std::vector<Scope> scopes;  // the innermost last

    // The elements at which paths into a body begin.
    Elements roots(const audit::Event& event, Body body);

  private:
    const std::optional<dom::element>& request_root(const audit::Event& event) {
        if (!request.opened) request.open(event.request_object);
        return request.root;
    }
    const std::optional<dom::element>& change_root(const audit::Event& event);
};

Context::Context() : json_(std::make_unique<Json>()) {}
Context::~Context() = default;

void Context::reset(const Request& request, bool answers, std::string_view cluster) {
    request_ = &request;
    answers_ = answers;
    cluster_ = cluster;
    beside_ = {};
    arena_.clear();
    for (Json::Document* one : {&json_->request, &json_->response, &json_->change, &json_->whole})
        one->opened = false;
    json_->pod.reset();
    json_->scopes.clear();
}

signed char& Context::memo(uint64_t of, std::string_view text) {
    if (memos_.size() > kMaxMemos) memos_.clear();  // so many are left over from rule sets before a reload
    auto& kept = memos_[of];
    auto found = kept.find(text);
    if (found == kept.end()) {
        if (kept.size() == kMaxKept) kept.clear();
        found = kept.emplace(std::string(text), -1).first;
    }
    return found->second;
}

bool Context::is_dry_run() {
    return request_->is_dry_run;
}

Value Context::number(int64_t value) {
    return {Value::Kind::Number, keep(std::to_string(value)), static_cast<double>(value)};
}

namespace {

const Workload* workload_of(const audit::ObjectRef& object) {
    if (!object.subresource.empty() && object.subresource != "ephemeralcontainers") return nullptr;
    for (const Workload& workload : kWorkloads) {
        if (workload.resource == object.resource) return &workload;
    }
    return nullptr;
}

}  // namespace

const std::optional<dom::element>& Context::Json::change_root(const audit::Event& event) {
    const auto& root = request_root(event);
    if (!root || !root->is_array()) return root;
    if (!change.opened) change.open(unfold_patch(*root));
    return change.root;
}

Elements Context::Json::roots(const audit::Event& event, Body body) {
    const auto one = [](const std::optional<dom::element>& root) {
        return root ? Elements{*root} : Elements{};
    };
    switch (body) {
        case Body::Request:
            return one(request_root(event));
        case Body::Response:
            if (!response.opened) response.open(event.response_object);
            return one(response.root);
        case Body::Change:
            return one(change_root(event));
        case Body::Whole:
            if (!whole.opened) whole.open(event_json(event));
            return one(whole.root);
        case Body::Pod:
            if (!pod) {
                pod.emplace();
                const Workload* workload = workload_of(event.object);
                const auto root = workload ? change_root(event) : std::nullopt;
                if (root) {
                    Path path;
                    for (const std::string_view key : workload->path)
                        path.steps.push_back({.key = std::string(key)});
                    walk(*root, path, *pod);
                }
            }
            return *pod;
        case Body::Containers: {
            Elements containers;
            for (const dom::element spec : roots(event, Body::Pod)) {
                for (const char* list : {"containers", "initContainers", "ephemeralContainers"}) {
                    walk(spec, Path{.steps = {{.key = list}, {.kind = Step::Kind::Each}}}, containers);
                }
            }
            return containers;
        }
        case Body::Scope:
            if (scopes.empty()) return {};
            return {scopes.back().items[scopes.back().current]};
    }
    return {};
}

namespace {

void append_value(Context& context, dom::element element, bool presence, Values& out) {
    switch (element.type()) {
        case dom::element_type::STRING:
            out.push_back(Value::of(std::string_view(element)));
            break;
        case dom::element_type::BOOL:
            out.push_back(Value::of(bool(element)));
            break;
        case dom::element_type::INT64:
        case dom::element_type::UINT64:
        case dom::element_type::DOUBLE:
            out.push_back({Value::Kind::Number, context.keep(simdjson::minify(element)), double(element)});
            break;
        case dom::element_type::NULL_VALUE:
            break;
        default:
            out.push_back({Value::Kind::Json,
                           presence ? std::string_view{} : context.keep(simdjson::minify(element)), 0});
    }
}

}  // namespace

void Context::body_values(Body body, const Path& path, Values& out, bool presence) {
    Elements found;
    for (const dom::element root : json_->roots(event(), body)) walk(root, path, found);
    for (const dom::element element : found) {
        dom::array array;
        if (!path.exact && element.get(array) == simdjson::SUCCESS) {
            for (const dom::element item : array) append_value(*this, item, presence, out);
        } else {
            append_value(*this, element, presence, out);
            if (path.exact && !presence && element.is_null()) out.push_back({Value::Kind::Json, "null", 0});
        }
    }
}

void Context::body_keys(Body body, const Path& path, Values& out) {
    Elements found;
    Path each = path;
    each.steps.push_back({.kind = Step::Kind::Each});
    for (const dom::element root : json_->roots(event(), body)) {
        walk(root, path, found);
        walk(root, each, found);
    }
    for (const dom::element element : found) {
        dom::object object;
        if (element.get(object) != simdjson::SUCCESS) continue;
        for (const auto field : object) out.push_back(Value::of(keep(field.key)));
    }
}

size_t Context::open_scope(Body body, const Path& path) {
    Elements found, items;
    for (const dom::element root : json_->roots(event(), body)) walk(root, path, found);
    for (const dom::element element : found) {
        dom::array array;
        if (element.get(array) == simdjson::SUCCESS) {
            for (const dom::element item : array) items.push_back(item);
        } else {
            items.push_back(element);
        }
    }
    const size_t count = items.size();
    json_->scopes.push_back({std::move(items), 0});
    return count;
}

void Context::enter(size_t item) {
    json_->scopes.back().current = item;
}

void Context::leave() {
    json_->scopes.pop_back();
}

}  // namespace redshank::rules
