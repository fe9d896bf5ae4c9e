// The command lines of a request: what an exec runs, and what the containers of a pod spec are told to run.
#pragma once

#include "rules/context.h"

namespace redshank::rules {

// Each appends to `out`. An exec or attach has one line: its words, decoded, joined by blanks.
void exec_command(Context& context, const Path&, Values& out);
// Its first word, without folders.
void exec_program(Context& context, const Path&, Values& out);
// Addresses that the line names, in whatever spelling inet_aton(3) takes (2852039166, 0xa9.254.0251.254), as
// 169.254.169.254; IPv6 as inet_ntop writes it, mapped IPv4 as IPv4.
void exec_addresses(Context& context, const Path&, Values& out);
// That line; or for a pod or a template one line for each container (command and args), lifecycle hook and
// probe.
void command_lines(Context& context, const Path&, Values& out);

}  // namespace redshank::rules
