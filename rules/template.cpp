#include "rules/template.h"

#include <algorithm>
#include <array>
#include <vector>

#include "audit/request_uri.h"
#include "audit/utf8.h"
#include "rules/condition_parser.h"

namespace redshank::rules {

namespace {

constexpr size_t kMaxValue = 200;  // bytes of one value
constexpr size_t kMaxValues = 8;   // of one field

// Keys whose values describe an object and are no content of it.
constexpr std::array<std::string_view, 29> kHarmlessKeys = {"name",
                                                            "namespace",
                                                            "kind",
                                                            "image",
                                                            "path",
                                                            "type",
                                                            "verbs",
                                                            "resources",
                                                            "apiGroups",
                                                            "add",
                                                            "nonResourceURLs",
                                                            "serviceAccountName",
                                                            "nodeName",
                                                            "hostNetwork",
                                                            "hostPID",
                                                            "hostIPC",
                                                            "privileged",
                                                            "host",
                                                            "roleRef",
                                                            "subjects",
                                                            "rules",
                                                            "replicas",
                                                            "signerName",
                                                            "usages",
                                                            "secretName",
                                                            "resourceNames",
                                                            "nodePort",
                                                            "schedule",
                                                            "runAsUser"};

bool may_show_body(const audit::Event& event, const Path& path) {
    const std::string_view resource = event.object.resource;
    if (resource == "secrets" || resource == "tokenreviews" || event.object.subresource == "token")
        return false;
    for (auto step = path.steps.rbegin(); step != path.steps.rend(); ++step) {
        if (step->kind != Step::Kind::Key) continue;
        return std::find(kHarmlessKeys.begin(), kHarmlessKeys.end(), step->key) != kHarmlessKeys.end();
    }
    return false;
}

bool may_show(const audit::Event& event, const Field& field) {
    if (!field.entry->is_secret) return true;
    return field.entry->argument == Argument::Path && may_show_body(event, field.path);
}

void append_clean(std::string_view text, std::string& out) {
    const std::string_view head = audit::cut_utf8(text, kMaxValue);
    for (const char c : head) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte < 0x20 || byte == 0x7f ? '?' : c;
    }
    if (head.size() < text.size()) out += "…";
}

// Cuts or pads a text to `width` characters.
void fit_width(size_t width, std::string& out) {
    size_t characters = 0;
    for (size_t i = 0; i < out.size(); ++i) {
        if ((out[i] & 0xc0) == 0x80) continue;  // inside a character
        if (characters++ == width) {
            out.resize(i);
            return;
        }
    }
    out.append(width - characters, ' ');
}

}  // namespace

std::string shown(Context& context, const Template::Shown& what, std::string_view missing) {
    const Field& field = what.field;
    std::string out;
    if (field.entry->name == "requestURI") {
        append_clean(audit::uri_path(context.event().request_uri), out);
        if (out.size() < context.event().request_uri.size()) out += "?" + std::string(kRedacted);
        return out;
    }
    // An impersonated request is written as its effective user: "bob (through teleport)".
    if (field.entry->name == "user.username" && context.event().is_impersonated && what.transforms.empty() &&
        !what.is_list && what.width == 0) {
        append_clean(context.event().impersonated_user.username, out);
        append_clean(" (through ", out);
        append_clean(context.event().user.username, out);
        return out + ")";
    }
    if (!may_show(context.event(), field)) return std::string(field.exists(context) ? kRedacted : missing);
    Values values;
    field.values(context, values);
    apply(what.transforms, context, values);
    if (values.empty()) return std::string(missing);
    const std::string_view comma = what.is_list ? "," : ", ";
    if (what.is_list) out += '(';
    std::vector<std::string_view> told;
    for (const auto& value : values) {
        const bool is_again = !what.is_list && std::find(told.begin(), told.end(), value.text) != told.end();
        if (is_again) continue;
        if (told.size() == kMaxValues) {
            out.append(what.is_list ? comma : "").append(what.is_list ? "…" : " and more");
            break;
        }
        if (!told.empty()) out += comma;
        told.push_back(value.text);
        append_clean(value.text, out);
    }
    if (what.is_list) out += ')';
    if (what.width > 0) fit_width(what.width, out);
    return out;
}

void Template::add(std::string_view text) {
    if (text.empty()) return;
    if (parts_.empty() || parts_.back().shown.field.entry != nullptr) parts_.emplace_back();
    parts_.back().text += text;
}

Template Template::parse(std::string_view text) {
    Template made;
    for (size_t at = 0; at < text.size();) {
        const size_t brace = std::min(text.find('{', at), text.size());
        made.add(text.substr(at, brace - at));
        at = brace;
        if (at == text.size()) break;
        if (text.substr(at).starts_with("{{")) {
            made.add("{");
            at += 2;
            continue;
        }
        std::string_view rest = text.substr(at + 1);
        Field field;
        std::string problem;
        if (!read_field(rest, field, problem)) throw ConditionError(at + 1, problem);
        if (!rest.starts_with('}'))
            throw ConditionError(text.size() - rest.size(), "expected } after the field");
        made.add(std::move(field));
        at = text.size() - rest.size() + 1;
    }
    return made;
}

std::string Template::render(Context& context, std::string_view missing) const {
    std::string out;
    for (const Part& part : parts_) {
        out += part.shown.field.entry == nullptr ? part.text : shown(context, part.shown, missing);
        if (out.size() > 4096) return out + "…";
    }
    return out;
}

}  // namespace redshank::rules
