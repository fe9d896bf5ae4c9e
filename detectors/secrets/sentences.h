// Writes the texts of this detector's findings.
#pragma once

#include "detectors/secrets/access.h"
#include "detectors/secrets/judgement.h"
#include "detectors/secrets/reads.h"
#include "detectors/secrets/window.h"

namespace redshank::secrets {

// Fills in severity, title, summary, reasons and mitre; the finding already has its count and grant.
void describe_read(Finding& finding, const audit::Event& event, const SecretScope& scope,
                   const Judgement& judgement);

// Finding secret-exposed; its evidence is the change that opened the window, if it was seen.
void describe_opened(Finding& finding, const Window& window);
// Finding secret-exposure-closed: what happened in the window. Its evidence is the change that closed it.
void describe_closed(Finding& finding, const Window& window);

// "shop/db", "every Secret of namespace shop", "every Secret".
std::string target_words(const std::string& target);

// "alice", or "root (through alice)" with impersonation.
std::string actor_words(const audit::Event& event);

// Finding about a binding that was created, used by these reads, and removed again.
void describe_temporary(Finding& finding, const std::string& binding, const Cause& made, const Cause& removal,
                        const std::vector<Reads::Row>& reads);

}  // namespace redshank::secrets
