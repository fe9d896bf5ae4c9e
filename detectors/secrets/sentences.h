// The words of this detector's findings.
#pragma once

#include "detectors/secrets/access.h"
#include "detectors/secrets/judgement.h"
#include "detectors/secrets/reads.h"
#include "detectors/secrets/window.h"

namespace redshank::secrets {

// Fills severity, title, summary, reasons and mitre; `finding` has its count and grant already.
void describe_read(Finding& finding, const audit::Event& event, const SecretScope& scope,
                   const Judgement& judgement);

// secret-exposed: the change that opened the window is its evidence, when it was seen.
void describe_opened(Finding& finding, const Window& window);
// secret-exposure-closed: what happened in it. Its evidence is the change that closed it.
void describe_closed(Finding& finding, const Window& window);

// "Secret shop/db", "all Secrets in shop", "all Secrets of the cluster".
std::string target_words(const std::string& target);

// "alice", or "root (through alice)" when she impersonated: in tables, and as a key.
std::string actor_words(const audit::Event& event);

// Summary of what was done by somebody who may not read a protected Secret.
void describe_indirect(Finding& finding, const audit::Event& event, const std::string& deed);

// Of a binding that was made, used by these reads, and removed again.
void describe_temporary(Finding& finding, const std::string& binding, const Cause& made, const Cause& removal,
                        const std::vector<Reads::Row>& reads);

}  // namespace redshank::secrets
