// The command line. Each add_X() declares one subcommand with its options and help; when it is chosen, it
// puts what is to be run into `chosen`. A new command is one file here, one line below and one line in
// main.cpp.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace redshank {

// Exit statuses of the contract.
inline constexpr int kDone = 0;    // done
inline constexpr int kFound = 1;   // findings or problems, where the command is a check
inline constexpr int kUsage = 2;   // wrong usage or bad configuration
inline constexpr int kFailed = 3;  // could not do its work

using Chosen = std::function<int()>;

void add_run(CLI::App& app, Chosen& chosen);
void add_replay(CLI::App& app, Chosen& chosen);
void add_suppress(CLI::App& app, Chosen& chosen);
void add_digest(CLI::App& app, Chosen& chosen);
void add_silence(CLI::App& app, Chosen& chosen);
void add_outbox(CLI::App& app, Chosen& chosen);
void add_test_receiver(CLI::App& app, Chosen& chosen);
void add_render(CLI::App& app, Chosen& chosen);
void add_check_config(CLI::App& app, Chosen& chosen);
void add_crds(CLI::App& app, Chosen& chosen);
void add_events(CLI::App& app, Chosen& chosen);
void add_event(CLI::App& app, Chosen& chosen);
void add_why(CLI::App& app, Chosen& chosen);
void add_incidents(CLI::App& app, Chosen& chosen);
void add_incident(CLI::App& app, Chosen& chosen);  // and ack, close
void add_findings(CLI::App& app, Chosen& chosen);
void add_secrets(CLI::App& app, Chosen& chosen);
void add_last_access(CLI::App& app, Chosen& chosen);
void add_fleet(CLI::App& app, Chosen& chosen);
void add_rules(CLI::App& app, Chosen& chosen);
void add_policy(CLI::App& app, Chosen& chosen);
void add_verify(CLI::App& app, Chosen& chosen);
void add_doctor(CLI::App& app, Chosen& chosen);
void add_webhook_config(CLI::App& app, Chosen& chosen);
void add_completion(CLI::App& app, Chosen& chosen);
void add_manual(CLI::App& app, Chosen& chosen);

}  // namespace redshank
