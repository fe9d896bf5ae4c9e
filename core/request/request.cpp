#include "core/request/request.h"

#include <array>
#include <cstring>
#include <span>

#include "audit/normalise/agent.h"
#include "audit/normalise/source.h"
#include "core/request/rights.h"
#include "core/request/verbs.h"

namespace redshank {

namespace {

// Writes the length before the bytes, so that the joined text is unambiguous.
void append(std::string& to, std::string_view part) {
    const auto size = static_cast<uint32_t>(part.size());
    char bytes[sizeof size];
    std::memcpy(bytes, &size, sizeof size);
    to.append(bytes, sizeof size).append(part);
}

// Writes parts one after the other over a text that has room for them.
class Writer {
  public:
    explicit Writer(std::string& to) : at_(to.data()) {}
    template <class Number>
    void number(Number number) {
        std::memcpy(at_, &number, sizeof number);
        at_ += sizeof number;
    }
    void text(std::string_view text) {
        number(static_cast<uint32_t>(text.size()));
        if (!text.empty()) std::memcpy(at_, text.data(), text.size());
        at_ += text.size();
    }

  private:
    char* at_;
};

// Their number never changes, so that the joined text is unambiguous.
void join(std::string& to, const auto& numbers, const auto& small, std::span<const std::string_view> texts) {
    size_t size = sizeof numbers + sizeof small;
    for (const std::string_view text : texts) size += sizeof(uint32_t) + text.size();
    to.resize(size);
    Writer writer(to);
    writer.number(numbers);
    writer.number(small);
    for (const std::string_view text : texts) writer.text(text);
}

void append(std::string& to, std::span<const std::string_view> parts) {
    append(to, std::string_view());
    for (const std::string_view part : parts) append(to, part);
    to += '\x1e';
}

bool is_dry_run(const audit::Event& event) {
    const std::string_view verb = event.verb, part = event.object.subresource;
    const bool is_write = changes_object(verb) || verb == "deletecollection";
    const bool is_done_anyway =
        part == "exec" || part == "attach" || part == "portforward" || part == "proxy" || part == "token";
    return is_write && !is_done_anyway && event.object.present && event.is_dry_run();
}

// A 403 of a role or binding behind the authorizer: RBAC's own, because it would give more than its author
// has (pkg/registry/rbac/escalation_check.go), or a plugin's. Without its message it may be either.
std::string refusal_words(const audit::Event& event) {
    const bool is_of_rbac =
        event.object.api_group == "rbac.authorization.k8s.io" && event.response.code == 403;
    const std::string_view message = event.response.message;
    if (!is_of_rbac) return "refused by admission";
    if (message.empty()) return "refused";
    const bool is_escalation =
        message.find(" is attempting to grant RBAC permissions not currently held") != std::string_view::npos;
    return is_escalation ? "refused more rights than its own" : "refused by admission";
}

GrantReason reason_from(std::string_view text) {
    GrantReason reason{.grant = audit::parse_grant(text)};
    if (reason.grant) {
        reason.words = reason.grant->to_string();
        reason.gives_everything = is_cluster_admin(*reason.grant);
    }
    return reason;
}

}  // namespace

bool Request::is_control_plane_work() const {
    if (event.is_impersonated) return false;
    if (actor.is_core_component()) return true;
    const bool was_let_in = verdict == RequestVerdict::Allowed || verdict == RequestVerdict::Failed;
    return actor.is(ActorClass::Node) && event.reason.empty() && was_let_in;
}

bool Request::has_effect() const {
    // A deletion is answered with a Status, unless finalizers hold the object.
    const bool is_status = event.verb.starts_with("delete") && event.response.status == "Success";
    const bool is_answered = event.is_resource("", "secrets") && !event.created_object() && !is_status;
    return verdict == RequestVerdict::Allowed && (!is_dry_run || is_answered);
}

std::string Request::attempt_words() const {
    switch (verdict) {
        case RequestVerdict::Forbidden:
        case RequestVerdict::Unauthenticated:
            return "refused";
        case RequestVerdict::RefusedByAdmission:
            return refusal_words(event);
        case RequestVerdict::NotDecided:
        case RequestVerdict::Failed:
            return event.response.code == 0 ? "" : "failed with " + std::to_string(event.response.code);
        case RequestVerdict::Allowed:
            break;
    }
    return has_effect() ? "" : "a dry run";
}

bool Request::is_played() const {
    return event.is_impersonated && !effective.is(ActorClass::Human) &&
           !effective.is(ActorClass::ServiceAccount);
}

const Actor& Symbols::actor(const audit::User& user) {
    // No joined text begins as an object does: its name would have more than 8 KB, and names are cut.
    if (!user.raw.empty()) return actors_.get(user.raw, [&] { return actor_from(user); });
    text_.clear();
    append(text_, user.username);
    append(text_, user.uid);
    append(text_, user.groups);
    for (const audit::ExtraEntry& entry : user.extra) {
        append(text_, entry.key);
        append(text_, entry.values);
    }
    return actors_.get(text_, [&] { return actor_from(user); });
}

const RequestKind& Symbols::kind(const Request& request) {
    const audit::Event& event = request.event;
    const audit::ObjectRef& object = event.object;
    const std::array<uint64_t, 6> numbers{
        request.actor.symbol,  event.is_impersonated ? request.effective.symbol : 0,
        request.agent.symbol,  request.peer.symbol,
        request.reason.symbol, static_cast<uint64_t>(event.response.code)};
    // A rule may ask whether there is an object, or a verb. Without a body, or another annotation, most rules
    // that ask for them are decided by the kind.
    const int flags = (request.is_dry_run ? 1 : 0) | (object.present ? 2 : 0) |
                      (event.verb.data() != nullptr ? 4 : 0) | (event.request_object.empty() ? 0 : 8) |
                      (event.response_object.empty() ? 0 : 16) | (event.has_other_annotations() ? 32 : 0);
    const std::array<char, 4> small{static_cast<char>(event.level), static_cast<char>(event.stage),
                                    static_cast<char>(request.verdict), static_cast<char>(flags)};
    const std::array<std::string_view, 7> texts{event.decision,     event.verb,      object.api_group,
                                                object.api_version, object.resource, object.subresource,
                                                object.namespace_};
    join(text_, numbers, small, texts);
    return kinds_.get(text_, [&] { return RequestKind{{}, deed(request, small)}; });
}

KindNumber Symbols::deed(const Request& request, const std::array<char, 4>& small) {
    const audit::Event& event = request.event;
    const audit::ObjectRef& object = event.object;
    const std::array<uint64_t, 4> numbers{static_cast<uint64_t>(event.response.code),
                                          static_cast<uint64_t>(request.actor.actor_class),
                                          request.actor.is_service_account, event.is_impersonated};
    const std::array<std::string_view, 5> texts{event.verb, object.api_group, object.api_version,
                                                object.resource, object.subresource};
    join(deed_, numbers, small, texts);
    return deeds_.get(deed_, [] { return KindNumber(); });
}

Symbols::Sender Symbols::sender(const audit::Event& event) {
    KnownSender& known = senders_[event.sender_text % kKnown];
    if (event.sender_text != 0 && known.text == event.sender_text) {
        const Sender out{actors_.at(known.actor), actors_.at(known.effective), agents_.at(known.agent),
                         addresses_.at(known.peer)};
        if (out.actor != nullptr && out.effective != nullptr && out.agent != nullptr && out.peer != nullptr)
            return out;
    }
    KnownSender now{.text = event.sender_text};
    Sender out{};
    out.actor = out.effective = &actor(event.user);
    now.actor = now.effective = actors_.last();
    if (event.is_impersonated) {
        out.effective = &actor(event.impersonated_user);
        now.effective = actors_.last();
    }
    const std::string_view agent = event.user_agent, peer = event.peer_ip();
    out.agent = &agents_.get(agent, [&] {
        return Agent{.name = std::string(agent.substr(0, agent.find_first_of("/ "))),
                     .product = audit::agent_product(agent)};
    });
    now.agent = agents_.last();
    out.peer = &addresses_.get(peer, [&] { return SourceAddress{.network = audit::source_network(peer)}; });
    now.peer = addresses_.last();
    if (event.sender_text != 0) known = now;
    return out;
}

const GrantReason& Symbols::reason(const audit::Event& event) {
    KnownReason& known = known_reasons_[event.annotations_text % kKnown];
    if (event.annotations_text != 0 && known.text == event.annotations_text) {
        if (const GrantReason* found = reasons_.at(known.reason)) return *found;
    }
    const GrantReason& found = reasons_.get(event.reason, [&] { return reason_from(event.reason); });
    if (event.annotations_text != 0) known = {event.annotations_text, reasons_.last()};
    return found;
}

void Symbols::release() {
    actors_.release();
    agents_.release();
    addresses_.release();
    reasons_.release();
    deeds_.release();
    kinds_.release();
}

Request Symbols::derive(const audit::Event& event) {
    const Sender who = sender(event);
    Request request{.event = event,
                    .actor = *who.actor,
                    .effective = *who.effective,
                    .agent = *who.agent,
                    .peer = *who.peer,
                    .reason = reason(event),
                    .verdict = verdict_of(event),
                    .is_dry_run = is_dry_run(event)};
    request.kind = kind(request);
    return request;
}

}  // namespace redshank
