// Events for unit tests, from literal JSON.
#pragma once

#include <memory>
#include <string>

#include "audit/event_parser.h"
#include "core/request/observation.h"

namespace redshank::test {

// An event with the text that its views refer to.
class ParsedEvent {
  public:
    // Throws with the parse error when the text is not an event.
    explicit ParsedEvent(std::string json, bool is_shortened = false);
    const audit::Event& operator*() const { return *event_; }
    const audit::Event* operator->() const { return event_.get(); }

  private:
    std::unique_ptr<std::string> text_;
    std::unique_ptr<audit::Event> event_;
};

// The Request of an event, made with a symbol table of its own.
class Understood {
  public:
    explicit Understood(const audit::Event& event) : request_(symbols_.understand(event)) {}
    operator const redshank::Request&() const { return request_; }

  private:
    Symbols symbols_;
    const redshank::Request request_;
};

// An event with defaults (a successful get of pod "web" by alice at 10:00): set the fields that a test is
// about, then call json().
struct EventSpec {
    std::string stage = "ResponseComplete", level = "Metadata", audit_id = "a-1", verb = "get";
    std::string uri = "/api/v1/namespaces/shop/pods/web";
    std::string user = R"({"username":"alice","groups":["dev","system:authenticated"]})";
    std::string impersonated;  // JSON like user; "" for none
    std::string source_ip = "10.0.0.7", agent = "kubectl/v1.32.0 (linux/amd64) kubernetes/abc";
    std::string object = R"({"resource":"pods","namespace":"shop","name":"web","apiVersion":"v1"})";
    std::string status = R"({"metadata":{},"code":200})";
    std::string request_object, response_object;  // raw JSON; "" for none
    std::string received = "2026-01-05T10:00:00.000000Z", time = "2026-01-05T10:00:00.000100Z";
    std::string decision = "allow", reason;  // `reason` is plain text; json() escapes it
    std::string more_annotations;            // e.g. ,"k":"v"
    bool is_shortened = false;               // see audit::Event

    std::string json() const;
    ParsedEvent parsed() const { return ParsedEvent(json(), is_shortened); }
};

}  // namespace redshank::test
