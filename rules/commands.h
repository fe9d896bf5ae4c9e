// The command lines of a request: the command of an exec, or the commands of the containers in a pod spec.
#pragma once

#include "rules/context.h"

namespace redshank::rules {

// Each function appends to `out`. This one appends the decoded words of an exec or attach, joined by blanks.
void exec_command(Context& context, const Path&, Values& out);
// The first word of that line, without its folders.
void exec_program(Context& context, const Path&, Values& out);
// Addresses in that line, in any spelling that inet_aton(3) accepts: 2852039166 and 0xa9.254.0251.254 both
// become 169.254.169.254. IPv6 is written as inet_ntop does, mapped IPv4 as IPv4.
void exec_addresses(Context& context, const Path&, Values& out);
// For an exec or attach, its line. For a pod or a pod template, one line for each container (command and
// args), lifecycle hook and probe.
void command_lines(Context& context, const Path&, Values& out);

}  // namespace redshank::rules
