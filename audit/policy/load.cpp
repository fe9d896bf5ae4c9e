#include "audit/policy/load.h"

#include <fmt/format.h>

#include <algorithm>

#include "audit/policy/decode.h"

namespace redshank::audit::policy {

namespace {

using Kind = Node::Kind;

// The first version that warns about unknown and duplicate keys; earlier ones ignore them silently.
constexpr int kStrictDecoding = 26;
constexpr std::string_view kGroup = "audit.k8s.io";

struct TypeMeta {
    Text api_version, kind;
    std::optional<Problem> problem;
};

Problem failed_decoding(Place place, std::string text, std::string_view server) {
    return {place, Severity::Error, std::move(text), fmt::format("failed decoding: {}", server)};
}

// apiVersion and kind are decoded before everything else, by a decoder of their own.
TypeMeta type_meta(const Node& root) {
    TypeMeta meta;
    constexpr std::string_view kCannot =
        "couldn't get version/kind; json parse error: json: cannot unmarshal";
    if (root.kind != Kind::Map && root.kind != Kind::Null) {
        meta.problem = failed_decoding(
            root.place, "A policy is a map that begins with apiVersion: audit.k8s.io/v1 and kind: Policy.",
            fmt::format(
                "{} {} into Go value of type struct {{ APIVersion string "
                "\"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}",
                kCannot, json_word(root.kind)));
        return meta;
    }
    for (const Entry& entry : root.entries) {
        const std::string& key = entry.key.value;
        if (key != "apiVersion" && key != "kind") continue;
        if (entry.value->kind != Kind::String && entry.value->kind != Kind::Null) {
            meta.problem = failed_decoding(entry.value->place, key + " is a text.",
                                           fmt::format("{} {} into Go struct field .{} of type string",
                                                       kCannot, json_word(entry.value->kind), key));
            return meta;
        }
        (key == "kind" ? meta.kind : meta.api_version) = {entry.value->text, entry.value->place};
    }
    return meta;
}

std::string version_advice(std::string_view version) {
    if (version == "audit.k8s.io/v1beta1" || version == "audit.k8s.io/v1alpha1") {
        return fmt::format(
            "{} is gone since Kubernetes 1.24; write apiVersion: audit.k8s.io/v1, nothing else "
            "changes.",
            version);
    }
    return fmt::format("{} is not the version of an audit policy; write apiVersion: audit.k8s.io/v1.",
                       version);
}

// Whether the server's scheme has the version and kind; if not, the problem with the server's error.
std::optional<Problem> check_version(const TypeMeta& meta, const Node& root) {
    constexpr std::string_view kScheme = "k8s.io/apiserver/pkg/audit/scheme.go:30";
    const std::string& version = meta.api_version.value;
    // Absent kind and version are taken from the requested type, the internal Policy.
    const std::string kind = meta.kind.value.empty() ? "Policy" : meta.kind.value;
    const Place kind_place = meta.kind.place.line > 0 ? meta.kind.place : root.place;
    const Place version_place = meta.api_version.place.line > 0 ? meta.api_version.place : root.place;
    if (std::count(version.begin(), version.end(), '/') > 1) {
        return failed_decoding(version_place, version_advice(version),
                               "unexpected GroupVersion string: " + version);
    }
    const bool is_internal = version.empty() || version == "/";
    if (!is_internal && version != "audit.k8s.io/v1") {
        return failed_decoding(version_place, version_advice(version),
                               fmt::format("no kind \"{}\" is registered for version \"{}\" in scheme \"{}\"",
                                           kind, version, kScheme));
    }
    if (kind == "Event" || kind == "EventList" || kind == "PolicyList") {
        if (is_internal) return std::nullopt;
        return failed_decoding(kind_place, "kind must be Policy.",
                               fmt::format("converting (v1.{}) to (audit.Policy): unknown conversion", kind));
    }
    if (kind != "Policy") {
        return failed_decoding(
            kind_place, fmt::format("kind must be Policy, not {}.", kind),
            is_internal
                ? fmt::format("no kind \"{}\" is registered for the internal version of group \"{}\" in "
                              "scheme \"{}\"",
                              kind, kGroup, kScheme)
                : fmt::format("no kind \"{}\" is registered for version \"{}\" in scheme \"{}\"", kind,
                              version, kScheme));
    }
    return std::nullopt;
}

std::optional<Problem> missing_version(const TypeMeta& meta, const Node& root) {
    if (!meta.api_version.value.empty() && meta.api_version.value != "/") return std::nullopt;
    return Problem{root.place, Severity::Error, "apiVersion is missing; write apiVersion: audit.k8s.io/v1.",
                   fmt::format("unknown group version field {}/__internal, Kind=Policy in policy", kGroup)};
}

void append(std::vector<Problem>& to, std::vector<Problem> from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// Adds problems with which the server starts: it logs them, or before 1.26 says nothing.
void add_key_problems(Decoded& decoded, int kubernetes, std::vector<Problem>& problems) {
    append(problems, std::move(decoded.doubled));
    append(problems, std::move(decoded.unknown));
    if (kubernetes >= kStrictDecoding) return;
    for (Problem& problem : problems) problem.server_text.clear();
}

Loaded stopped(Problem problem) {
    return {.policy = {}, .problems = {std::move(problem)}};
}

}  // namespace

std::string_view to_string(Severity severity) {
    constexpr std::string_view kWords[] = {"error", "warning", "note"};
    return kWords[static_cast<size_t>(severity)];
}

Loaded load(std::string_view text, int kubernetes) {
    const Document document = read_document(text);
    if (document.root == nullptr) {
        return stopped(failed_decoding(document.problem_place,
                                       "This cannot be read: " + document.problem + ".", document.problem));
    }
    const TypeMeta meta = type_meta(*document.root);
    if (meta.problem) return stopped(*meta.problem);
    if (auto problem = check_version(meta, *document.root)) return stopped(*problem);
    if (auto problem = missing_version(meta, *document.root)) return stopped(*problem);

    Decoded decoded = decode(document, kubernetes);
    if (decoded.wrong_type) {
        Problem& wrong = *decoded.wrong_type;
        return stopped(failed_decoding(wrong.place, wrong.text, wrong.server_text));
    }
    Loaded loaded;
    add_key_problems(decoded, kubernetes, loaded.problems);
    if (meta.kind.value.empty()) {
        loaded.problems.push_back({document.root->place, Severity::Note,
                                   "kind is missing; the server takes it to be Policy. Write kind: Policy.",
                                   ""});
    }
    if (document.second_document.line > 0) {
        loaded.problems.push_back({document.second_document, Severity::Warning,
                                   "A second document begins here; the server reads only the first.", ""});
    }
    std::vector<Problem> invalid = validate(decoded.policy);
    if (invalid.empty() && decoded.policy.rules.empty()) {
        invalid.push_back({document.root->place, Severity::Error,
                           "The policy has no rules; the least is one: - level: Metadata.",
                           "loaded illegal policy with 0 rules"});
    }
    const bool starts = invalid.empty();
    append(loaded.problems, std::move(invalid));
    if (starts) loaded.policy = std::move(decoded.policy);
    return loaded;
}

std::string server_line(const Loaded& loaded, std::string_view path) {
    std::vector<std::string> errors, warnings, lines;
    for (const Problem& problem : loaded.problems) {
        if (problem.server_text.empty()) continue;
        auto& into = problem.severity == Severity::Error        ? errors
                     : problem.server_text.starts_with("line ") ? lines
                                                                : warnings;
        if (std::find(into.begin(), into.end(), problem.server_text) == into.end())
            into.push_back(problem.server_text);
    }
    if (errors.size() == 1) {
        // The message about a file that cannot be opened already contains the path.
        const bool is_open = errors[0].starts_with("failed to read file path");
        return fmt::format("loading audit policy file: {}{}", errors[0],
                           is_open ? "" : fmt::format(": from file {}", path));
    }
    if (!errors.empty()) {
        return fmt::format("loading audit policy file: [{}]: from file {}", fmt::join(errors, ", "), path);
    }
    if (!lines.empty()) {
        warnings.insert(warnings.begin(),
                        fmt::format("yaml: unmarshal errors:\n  {}", fmt::join(lines, "\n  ")));
    }
    if (warnings.empty()) return "";
    return fmt::format(
        "Audit policy contains errors, falling back to lenient decoding: strict decoding error: {}",
        fmt::join(warnings, ", "));
}

std::string unreadable(std::string_view path, std::string_view reason) {
    return fmt::format("failed to read file path \"{}\": {}", path, reason);
}

}  // namespace redshank::audit::policy
