// Reads any bytes as a rule file of each language, and as a condition: the result is rules, or an error with
// a place. Rules that load are then evaluated on one event.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "audit/event_parser.h"
#include "rules/condition_parser.h"
#include "rules/loader.h"
#include "rules/yaml_loaders.h"

namespace {

using namespace redshank;

constexpr std::string_view kEvent =
    R"({"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse","auditID":"a","stage":"ResponseComplete",)"
    R"("requestURI":"/api/v1/namespaces/shop/pods?dryRun=All","verb":"create","user":{"username":"alice","groups":["dev"]},)"
    R"("sourceIPs":["10.0.0.7"],"objectRef":{"resource":"pods","namespace":"shop","name":"web"},"responseStatus":{"code":201},)"
    R"("requestObject":{"spec":{"containers":[{"image":"a:1"}],"volumes":[{"hostPath":{"path":"/etc"}}]}},)"
    R"("annotations":{"authorization.k8s.io/decision":"allow"}})";

void ask(const rules::Condition& condition) {
    static const std::string padded = std::string(kEvent) + std::string(audit::kPadding, '\0');
    static audit::EventParser parser;
    static audit::Event event;
    if (parser.parse(std::string_view(padded).substr(0, kEvent.size()), event) != audit::ParseError::None)
        abort();
    Symbols symbols;
    const Request request = symbols.understand(event);
    rules::Context context;
    context.reset(request, true);
    condition.test(context);
}

void ask(const std::vector<rules::RulePtr>& loaded) {
    for (const rules::RulePtr& rule : loaded) ask(*rule->condition);
    const rules::RuleSet set(loaded);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
    try {
        switch (data[0] % 4) {
            case 0:
                ask(*rules::parse_condition(text));
                break;
            case 1:
                ask(rules::load_native(text, "fuzz.toml"));
                break;
            case 2: {
                const auto loader = rules::make_falco_loader();
                loader->add(text, "fuzz.yaml");
                std::vector<std::string> warnings;
                ask(loader->finish(warnings));
                break;
            }
            default: {
                const auto loader = rules::make_sigma_loader();
                loader->add(text, "fuzz.yml");
                std::vector<std::string> warnings;
                ask(loader->finish(warnings));
            }
        }
    } catch (const rules::RuleError& error) {
        if (std::string_view(error.what()).empty()) abort();
    } catch (const rules::ConditionError& error) {
        if (error.at > text.size()) abort();
    }
    return 0;
}
