#include "detectors/secrets/sentences.h"

#include <algorithm>

namespace redshank::secrets {

namespace {

std::string_view past_tense(std::string_view verb) {
    if (verb == "list") return "listed";
    if (verb == "watch") return "watched";
    if (verb == "get") return "read";
    if (verb == "deletecollection" || verb == "delete") return "deleted, and was shown,";
    return "changed, and was shown,";
}

// "Group dev, Group ops"; the first few.
std::string list_words(const std::set<std::string>& all) {
    constexpr size_t kMost = 3;
    std::string words;
    size_t said = 0;
    for (const std::string& one : all) {
        if (said++ == kMost) return words + " and " + std::to_string(all.size() - kMost) + " more";
        words += (words.empty() ? "" : ", ") + one;
    }
    return words;
}

std::string reader_words(const Window& window) {
    if (window.reads == 0) return "nobody was seen reading";
    std::set<std::string> readers;
    for (const auto& [who, count] : window.readers) readers.insert(who + " (" + std::to_string(count) + "×)");
    return std::to_string(window.reads) + (window.reads == 1 ? " read: " : " reads: ") + list_words(readers);
}

// Sets what a finding about a change takes from it, once.
void show_cause(Finding& finding, const std::optional<Cause>& cause) {
    if (!cause || finding.count > 0) return;
    finding.count = 1;
    finding.actor = cause->actor;
    finding.object = cause->object;
    finding.verb = cause->verb;
    finding.evidence = {cause->evidence};
}

}  // namespace

std::string target_words(const std::string& target) {
    if (target == "*/*") return "every Secret";
    if (target.ends_with("/*")) return "every Secret of namespace " + target.substr(0, target.size() - 2);
    return "Secret " + target;
}

void describe_opened(Finding& finding, const Window& window) {
    show_cause(finding, window.opened_by);
    finding.severity = window.severity;
    finding.title = "Secrets became readable by more than their readers";
    finding.grant = window.through;
    finding.mitre = {"T1098.006", "T1552.007"};
    const std::string who = list_words(window.subjects) + " through " + window.through;
    if (window.basis == Window::Basis::Earlier) {
        finding.summary = target_words(window.target) + " is readable by " + who +
                          "; the grant is at least as old as " + audit::format_time(window.opened) +
                          ", when it was first seen.";
        finding.reasons = {{"began-earlier", "the grant was made before anything that this log shows", ""}};
        return;
    }
    finding.summary = target_words(window.target) + " became readable by " + who + " at " +
                      audit::format_time(window.opened) + ": " + window.opened_by->in_words() + ".";
    if (window.basis == Window::Basis::Inferred) {
        finding.reasons = {
            {"inferred",
             "a read through the binding, and the last write of the binding or its role before; "
             "the log does not show what the objects say",
             ""}};
    } else {
        finding.reasons = {{"objects", "the role and the binding as the log shows them", ""}};
    }
}

void describe_closed(Finding& finding, const Window& window) {
    show_cause(finding, window.closed_by);
    finding.severity = window.reads > 0 ? Severity::Medium : Severity::Low;
    finding.title = "Secrets are no longer readable by more than their readers";
    finding.grant = window.through;
    finding.mitre = {"T1552.007"};
    finding.summary = target_words(window.target) + " was readable by " + list_words(window.subjects) +
                      " through " + window.through + " for " +
                      audit::format_duration(*window.closed - window.opened) + " (" +
                      audit::format_time(window.opened) + " to " + audit::format_time(*window.closed) + ")";
    if (window.opened_by) finding.summary += ", opened when " + window.opened_by->in_words();
    if (window.closed_by) finding.summary += ", closed when " + window.closed_by->in_words();
    finding.summary += "; " + reader_words(window) + ".";
    finding.reasons = {{"window", "how it is known", std::string(to_string(window.basis))}};
    if (window.closing_presumed) {
        finding.reasons.push_back({"closing-presumed", "nobody has read through it since that change", ""});
    }
}

std::string actor_words(const audit::Event& event) {
    return acting_words(event.user.username, event.is_impersonated ? event.impersonated_user.username : "");
}

void describe_read(Finding& finding, const audit::Event& event, const SecretScope& scope,
                   const Judgement& judgement) {
    finding.severity = std::max(finding.severity, judgement.severity);
    finding.title = !judgement.globs.empty()
                        ? "A protected Secret was read by someone who is not among its readers"
                    : judgement.reason.name == "broad-grant" || judgement.reason.name == "anonymous"
                        ? "A Secret was read through a grant that is far too wide"
                        : "A Secret was read in a way not seen before";
    finding.summary = actor_words(event) + " " + std::string(past_tense(event.verb)) + " " + scope.in_words();
    if (event.is_dry_run()) finding.summary += " in a dry run, which answers the content,";
    if (!finding.grant.empty()) finding.summary += " through " + finding.grant;
    if (finding.count > 1) finding.summary += " (" + std::to_string(finding.count) + " times)";
    finding.summary += ": " + judgement.reason.text + ".";
    finding.reasons = {judgement.reason};
    finding.mitre = {"T1552.007"};
}

void describe_temporary(Finding& finding, const std::string& binding, const Cause& made, const Cause& removal,
                        const std::vector<Reads::Row>& reads) {
    show_cause(finding, removal);
    finding.evidence.insert(finding.evidence.begin(), made.evidence);
    finding.severity = Severity::High;
    finding.title = "A grant was made, used to read Secrets, and taken away again";
    finding.grant = reads.front().grant;
    finding.mitre = {"T1098.006", "T1552.007"};
    std::set<std::string> what;
    uint64_t count = 0;
    for (const Reads::Row& row : reads) {
        what.insert(acting_words(row.user, row.impersonated) + " got " + target_words(row.secret));
        count += row.count;
    }
    finding.summary = made.in_words() + " at " + audit::format_time(made.time) + ", and " +
                      removal.in_words() + " " + audit::format_duration(removal.time - made.time) +
                      " later; between them " + list_words(what) + " through it.";
    finding.reasons = {{"temporary-grant", "who read had not read the same by another grant", binding},
                       {"reads", "requests through it", std::to_string(count)}};
}

}  // namespace redshank::secrets
