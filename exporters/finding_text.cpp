#include "exporters/finding_text.h"

#include "core/finding/text.h"

namespace redshank {

std::string short_time(audit::Time time) {
    std::string text = audit::format_time(time).substr(0, 19);
    text[10] = ' ';
    return text + "Z";
}

std::string actor_name(const Finding& finding) {
    if (!finding.actor) return {};
    const FindingActor& actor = *finding.actor;
    return actor.user.empty() ? "(unauthenticated)" : actor.in_words();
}

std::string resource_type(const FindingObject& object) {
    std::string type = object.resource;
    if (!object.group.empty()) type += "." + object.group;
    if (!object.subresource.empty()) type += "/" + object.subresource;
    return type;
}

std::string object_name(const Finding& finding) {
    if (!finding.object) return {};
    const FindingObject& object = *finding.object;
    std::string out = resource_type(object);
    if (!object.namespace_.empty() || !object.name.empty()) out += " ";
    if (!object.namespace_.empty()) out += object.namespace_;
    if (!object.namespace_.empty() && !object.name.empty()) out += "/";
    return out + object.name;
}

std::string finding_text(const Finding& finding) {
    std::string word =
        upper(finding.status == FindingStatus::Resolved ? "resolved" : to_string(finding.severity));
    word.resize(std::max<size_t>(word.size(), 8), ' ');
    std::string out = short_time(finding.time) + "  " + word + "  " + fit(finding.kind, 80) + "  " +
                      fit(finding.cluster, 80) + "\n    " + fit_exact(finding.summary, 1000) + "\n";
    std::string why;
    for (const Reason& reason : finding.reasons) why += (why.empty() ? "" : "; ") + reason.text;
    if (!why.empty()) out += "    why: " + fit_exact(why, 1000) + "\n";
    out += "    " + fit(finding.id, 80);
    if (finding.count > 0) {
        out += "; " + std::to_string(finding.count) + (finding.count == 1 ? " event" : " events since ");
        if (finding.count > 1) out += short_time(finding.first_seen);
    }
    if (!finding.evidence.empty()) {
        const Evidence& last = finding.evidence.back();
        out += "; audit " + fit_exact(last.audit_id, 80) + " in " + fit_exact(last.source, 200) +
               " at byte " + std::to_string(last.offset);
    }
    return out + "\n";
}

}  // namespace redshank
