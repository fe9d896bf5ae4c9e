// Compares the detector and three baselines on invented lives.
#pragma once

namespace redshank::eval {

void print_lives(unsigned seeds, bool verbose);

}  // namespace redshank::eval
