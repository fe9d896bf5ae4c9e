#include <fmt/format.h>

#include <algorithm>

#include "audit/nearest.h"
#include "audit/policy/decode.h"

namespace redshank::audit::policy {

namespace {

// Before this version, field errors of k8s.io/apimachinery print lists in Go's form; from it on, as JSON.
constexpr int kJsonLists = 35;

// Go's strconv.Quote, restricted to texts that a policy may contain.
std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string quoted_list(const Texts& texts, int kubernetes) {
    std::string out;
    const bool is_json = kubernetes >= kJsonLists;
    for (const Text& text : texts) {
        if (!out.empty()) out += is_json ? "," : ", ";
        out += in_quotes(text.value);
    }
    return is_json ? "[" + out + "]" : "[]string{" + out + "}";
}

// RFC 1123: lower-case labels with dots between them, at most 253 bytes.
bool is_subdomain(std::string_view name) {
    const auto is_inner = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    if (name.empty() || name.back() == '.') return false;
    while (!name.empty()) {
        const std::string_view label = name.substr(0, name.find('.'));
        if (label.empty() || label.front() == '-' || label.back() == '-') return false;
        if (!std::all_of(label.begin(), label.end(), is_inner)) return false;
        name.remove_prefix(std::min(name.size(), label.size() + 1));
    }
    return true;
}

std::string group_problem(std::string_view group) {
    std::string out;
    if (group.size() > 253) out = "must be no more than 253 characters,";
    if (is_subdomain(group)) return out.empty() ? out : out.substr(0, out.size() - 1);
    return out +
           "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
           "and must start and end with an alphanumeric character (e.g. 'example.com', regex used for "
           "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
}

class Validator {
  public:
    explicit Validator(const Policy& policy) : policy_(policy) {}

    std::vector<Problem> run() {
        stages(policy_.omit_stage_words, "omitStages");
        for (size_t i = 0; i < policy_.rules.size(); ++i) rule(policy_.rules[i], fmt::format("rules[{}]", i));
        return std::move(problems_);
    }

  private:
    void add(Place place, std::string text, std::string server) {
        problems_.push_back({place, Severity::Error, std::move(text), std::move(server)});
    }

    void rule(const Rule& rule, const std::string& path) {
        level(rule, path + ".level");
        urls(rule, path + ".nonResourceURLs");
        for (const GroupResources& entry : rule.resources) resources(entry, path + ".resources");
        stages(rule.omit_stage_words, path + ".omitStages");
        if (!rule.urls.empty() && rule.is_about_resources()) {
            add(rule.urls.front().place,
                "A rule is about resources or about nonResourceURLs; make two rules of it.",
                fmt::format("{}.nonResourceURLs: Invalid value: {}: rules cannot apply to both regular "
                            "resources and non-resource URLs",
                            path, quoted_list(rule.urls, policy_.kubernetes)));
        }
    }

    void level(const Rule& rule, const std::string& path) {
        if (rule.level != Level::Unknown) return;
        const Text& word = rule.level_word;
        if (word.value.empty()) {
            add(word.place, "The rule has no level; write None, Metadata, Request or RequestResponse.",
                path + ": Required value");
            return;
        }
        const std::string near = nearest_name(word.value, {"None", "Metadata", "Request", "RequestResponse"});
        add(word.place,
            fmt::format("{} is no level{}; there are None, Metadata, Request and RequestResponse.",
                        word.value, near.empty() ? "" : " (did you mean " + near + "?)"),
            fmt::format("{}: Unsupported value: {}: supported values: {}", path, in_quotes(word.value),
                        policy_.kubernetes >= kJsonLists
                            ? R"("Metadata", "None", "Request", "RequestResponse")"
                            : R"("None", "Metadata", "Request", "RequestResponse")"));
    }

    void urls(const Rule& rule, const std::string& path) {
        for (size_t i = 0; i < rule.urls.size(); ++i) {
            const std::string& url = rule.urls[i].value;
            const auto& place = rule.urls[i].place;
            if (url == "*") continue;
            const auto invalid = [&](const char* why) {
                return fmt::format("{}[{}]: Invalid value: {}: {}", path, i, in_quotes(url), why);
            };
            if (!url.starts_with('/')) {
                add(place, fmt::format("{} must begin with /.", url.empty() ? "An empty URL" : url),
                    invalid("non-resource URL rules must begin with a '/' character"));
            }
            if (!url.empty() && url.find('*') < url.size() - 1) {
                add(place, fmt::format("In {} the * must be the last character.", url),
                    invalid("non-resource URL wildcards '*' must be the final character of the rule"));
            }
        }
    }

    void resources(const GroupResources& entry, const std::string& path) {
        const std::string& group = entry.group.value;
        const bool is_wildcard = group == "*" && policy_.kubernetes >= 36;
        const std::string problem = group.empty() || is_wildcard ? "" : group_problem(group);
        if (!problem.empty()) {
            std::string text = fmt::format("{} is no API group.", group);
            if (group == "*") text = "group: \"*\" is understood from Kubernetes 1.36 on; name each group.";
            if (const size_t slash = group.find('/'); slash != group.npos) {
                const bool is_core = group == "v1";
                text = fmt::format("The group is without its version: write {}.",
                                   is_core ? "\"\"" : group.substr(0, slash));
            }
            add(entry.group.place, text,
                fmt::format("{}.group: Invalid value: {}: {}", path, in_quotes(group), problem));
        }
        if (!entry.resource_names.empty() && entry.resources.empty()) {
            add(entry.resource_names.front().place, "resourceNames need resources beside them.",
                fmt::format("{}.resourceNames: Invalid value: {}: using resourceNames requires at least one "
                            "resource",
                            path, quoted_list(entry.resource_names, policy_.kubernetes)));
        }
    }

    void stages(const Texts& words, const std::string& path) {
        for (size_t i = 0; i < words.size(); ++i) {
            if (stage_named(words[i].value) != Stage::Unknown) continue;
            add(words[i].place,
                fmt::format(
                    "{} is no stage; there are RequestReceived, ResponseStarted, ResponseComplete and "
                    "Panic.",
                    words[i].value),
                fmt::format("{}[{}]: Invalid value: {}: allowed stages are "
                            "RequestReceived,ResponseStarted,ResponseComplete,Panic",
                            path, i, in_quotes(words[i].value)));
        }
    }

    const Policy& policy_;
    std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> validate(const Policy& policy) {
    return Validator(policy).run();
}

}  // namespace redshank::audit::policy
