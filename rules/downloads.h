// Commands that load something from the network and run it.
#pragma once

#include "rules/context.h"

namespace redshank::rules {

// Appends, for each command line (see command_lines()), how it runs what curl or wget loaded into a file:
// "file" when that file itself is run, by its path, by a shell or by an interpreter, or anything in a folder
// for temporary files; "archive" when something beside it is run after an archive was unpacked. What is only
// looked at (a question about health, a checksum) is none.
void runs_download(Context& context, const Path&, Values& out);

}  // namespace redshank::rules
