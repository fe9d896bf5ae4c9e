#include "detectors/secrets/sentences.h"

#include <algorithm>
#include <map>
#include <set>

#include "audit/grant.h"
#include "core/finding/sentence.h"
#include "core/request/done_verb.h"
#include "core/request/names.h"
#include "core/request/words.h"
#include "detectors/claimed_source.h"

namespace redshank::secrets {

namespace {

// Of "Group dev" or "ServiceAccount shop/web".
std::string words_of_subject(std::string_view subject) {
    const size_t space = subject.find(' ');
    if (space == std::string_view::npos) return name_words(subject);
    const std::string_view kind = subject.substr(0, space), name = subject.substr(space + 1);
    const size_t slash = kind == "ServiceAccount" ? name.find('/') : std::string_view::npos;
    if (slash == std::string_view::npos) return subject_words(kind, {}, name);
    return subject_words(kind, name.substr(0, slash), name.substr(slash + 1));
}

// "Secret shop/db", "3 Secrets", "all Secrets in shop and more".
std::string targets_words(const std::set<std::string>& secrets) {
    if (secrets.size() == 1) return target_words(*secrets.begin());
    for (const std::string& secret : secrets) {
        if (secret.ends_with("/*")) return target_words(secret) + " and more";
    }
    return counted(static_cast<uint64_t>(secrets.size()), "Secret");
}

std::string readers_of(const Window& window) {
    std::vector<std::string> all;
    for (const std::string& subject : window.subjects) all.push_back(words_of_subject(subject));
    return list_words(all, 2);
}

// "RoleBinding tmp gives edit", of "RoleBinding shop/tmp → ClusterRole edit".
std::string gift_words(std::string_view through) {
    constexpr std::string_view kArrow = " → ";
    const size_t arrow = through.find(kArrow), space = through.find(' ');
    if (arrow == std::string_view::npos || space > arrow) return name_words(through);
    const std::string_view binding = through.substr(space + 1, arrow - space - 1);
    const std::string_view role = through.substr(arrow + kArrow.size());
    const auto name = [](std::string_view text) { return name_words(text.substr(text.rfind('/') + 1)); };
    return std::string(through.substr(0, space)) + " " + name(binding) + " gives " +
           name(role.substr(role.find(' ') + 1));
}

std::string_view is_or_are(std::string_view target) {
    return target.starts_with("all ") || target.starts_with("Secrets ") ? "are" : "is";
}
std::string_view was_or_were(std::string_view target) {
    return is_or_are(target) == "are" ? "were" : "was";
}

std::string reads_words(const Window& window) {
    if (window.reads == 0) return "nobody was seen reading";
    std::vector<std::pair<uint64_t, std::string_view>> order;
    for (const auto& [who, count] : window.readers) order.emplace_back(count, who);
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<std::string> readers;
    for (const auto& [count, who] : order) readers.push_back(user_words(who));
    return "read " + counted(window.reads, "time") + ", by " + list_words(readers);
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

// "dmitri created RoleBinding shop/tmp and deleted it 3 min later".
std::string both_words(const Cause& made, const Cause& ended) {
    const std::string later = span_words(ended.time - made.time) + " later";
    const bool is_same =
        made.actor.user == ended.actor.user && made.actor.impersonated == ended.actor.impersonated;
    const bool is_it = made.object.resource == ended.object.resource &&
                       made.object.name == ended.object.name &&
                       made.object.namespace_ == ended.object.namespace_ && !made.object.name.empty();
    const std::string deed = is_it ? past_of(ended.verb) + " it" : ended.deed();
    return made.in_words() + " and " +
           (is_same ? "" : caller_words(ended.actor.user, ended.actor.impersonated) + " ") + deed + " " +
           later;
}

std::string who_of(const audit::Event& event) {
    const std::string who =
        caller_words(event.user.username, event.is_impersonated ? event.impersonated_user.username : "");
    return event.user.username == kAnonymous && !event.is_impersonated && !event.peer_ip().empty()
               ? who + " (" + name_words(event.peer_ip()) + ")"
               : who;
}

// What an access that answers content did.
std::string read_words(const audit::Event& event, const SecretScope& scope, uint64_t count) {
    const bool is_read = event.verb == "get" || event.verb == "list" || event.verb == "watch";
    std::string out = past_of(done_verb(event.verb, event.response.code)) + " " + scope.in_words();
    if (event.is_dry_run()) {
        out += " in a dry run, which shows what it holds";
    } else if (!is_read) {
        out += " and was shown what it holds";
    }
    return count > 1 ? out + ", " + counted(count, "time") : out;
}

}  // namespace

std::string target_words(const std::string& target) {
    if (target == "*/*") return "all Secrets of the cluster";
    if (target.ends_with("/*")) return "all Secrets in " + name_words(target.substr(0, target.size() - 2));
    return (target.find_first_of("*?") == std::string::npos ? "Secret " : "Secrets ") +
           name_words(target, 96);
}

void describe_opened(Finding& finding, const Window& window) {
    show_cause(finding, window.opened_by);
    finding.severity = window.severity;
    finding.title = "Secrets became readable by more than their readers";
    finding.grant = window.through;
    finding.mitre = {"T1098.006", "T1552.007"};
    const std::string target = target_words(window.target), readers = readers_of(window);
    if (window.basis == Window::Basis::Earlier || !window.opened_by) {
        finding.summary =
            Sentence{.what = target + " " + std::string(is_or_are(target)) + " readable by " + readers,
                     .because = gift_words(window.through),
                     .why = {"the grant is older than this log"}}
                .to_string();
        give_reasons(finding,
                     {{"began-earlier", "the grant was made before anything that this log shows", ""}});
        return;
    }
    finding.summary = Sentence{
        .what = window.opened_by->in_words() + ", so " + target + " became readable by " + readers,
        .why = {}}.to_string();
    if (window.basis == Window::Basis::Inferred) {
        give_reasons(
            finding,
            {{"inferred",
              "told from a read through the binding and its last change; the log does not show the objects",
              ""}});
    } else {
        give_reasons(finding, {{"objects", "the log shows the role and the binding", ""}});
    }
}

void describe_closed(Finding& finding, const Window& window) {
    show_cause(finding, window.closed_by);
    finding.severity = window.reads > 0 ? Severity::Medium : Severity::Low;
    finding.title = "Secrets are no longer readable by more than their readers";
    finding.grant = window.through;
    finding.mitre = {"T1552.007"};
    const std::string target = target_words(window.target);
    const std::string open =
        target + " " + std::string(was_or_were(target)) + " readable by " + readers_of(window);
    std::string what = open + " for " + span_words(*window.closed - window.opened);
    if (window.opened_by && window.closed_by) {
        what = both_words(*window.opened_by, *window.closed_by) + ", so " + open;
    } else if (window.closed_by) {
        what += ", until " + window.closed_by->in_words();
    }
    finding.summary = Sentence{.what = what, .why = {reads_words(window)}}.to_string();
    give_reasons(finding, {{"window", "open for " + span_words(*window.closed - window.opened),
                            std::string(to_string(window.basis))}});
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
    const bool is_wide = judgement.reason.name == "broad-grant" || judgement.reason.name == "anonymous";
    finding.title = !judgement.globs.empty()
                        ? "A protected Secret was read by someone who is not among its readers"
                    : is_wide ? "A Secret was read through a grant that is far too wide"
                              : "A Secret was read in a way not seen before";
    const auto grant = audit::parse_grant(event.reason);
    finding.summary = Sentence{.what = who_of(event) + " " + read_words(event, scope, finding.count),
                               .because = grant ? grant_words(*grant) : "",
                               .why = {grant && is_wide ? "" : judgement.reason.text, judgement.but}}
                          .to_string();
    give_reasons(finding, {judgement.reason});
    if (!judgement.but.empty()) finding.reasons.front().text += ", though " + judgement.but;
    finding.mitre = {"T1552.007"};
}

void describe_indirect(Finding& finding, const audit::Event& event, const std::string& deed) {
    finding.summary =
        Sentence{.what = who_of(event) + " " + deed, .why = {"it is not among the readers"}}.to_string();
}

void describe_temporary(Finding& finding, const std::string& binding, const Cause& made, const Cause& removal,
                        const std::vector<Reads::Row>& reads) {
    show_cause(finding, removal);
    finding.evidence.insert(finding.evidence.begin(), made.evidence);
    finding.severity = Severity::High;
    finding.title = "A grant was made, used to read Secrets, and taken away again";
    finding.grant = reads.front().grant.get();
    finding.mitre = {"T1098.006", "T1552.007"};
    std::map<std::string, std::set<std::string>> read;  // by reader
    uint64_t count = 0;
    for (const Reads::Row& row : reads) {
        read[caller_words(row.user.get(), row.impersonated.get())].insert(stored(row.secret));
        count += row.count;
    }
    std::vector<std::string> what;
    for (const auto& [who, secrets] : read) what.push_back(who + " read " + targets_words(secrets));
    finding.summary =
        Sentence{.what = both_words(made, removal), .why = {"meanwhile " + list_words(what, 2)}}.to_string();
    give_reasons(finding, {{"temporary-grant", "who read had not read the same by another grant", binding},
                           {"reads", counted(count, "request") + " came through it", std::to_string(count)}});
}

}  // namespace redshank::secrets
