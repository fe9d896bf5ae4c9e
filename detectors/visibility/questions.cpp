#include "detectors/visibility/questions.h"

#include "core/request/words.h"

namespace redshank::visibility {

namespace {

constexpr Question kQuestions[] = {
    {"secret-read-unprotected", "reads of Secrets", Severity::Medium},
    {"secret-exposed", "changes of roles and bindings", Severity::Medium},
    {"unusual-access", "acts of accounts", Severity::Medium},
    {"anonymous-success", "requests without a login"},
    {"permission-enumeration", "questions about rights"},
    {"secret-read-indirect", "bodies of workloads", Severity::Info},
    {"crd-failing", "requests on custom resources"},
};

}  // namespace

std::span<const Question> questions() {
    return kQuestions;
}

std::string line_words(std::string_view policy, const Lack& lack) {
    if (policy.empty() || lack.line == 0) return "";
    return "line " + std::to_string(lack.line) + " of " + name_words(policy) + " leaves them out";
}

}  // namespace redshank::visibility
