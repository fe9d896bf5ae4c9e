// Prints what the detectors find in the recordings of the corpus, by episode.
#pragma once

namespace redshank::eval {

// Prints a table for each recording that is present, or a message when there is none.
void print_recordings(bool verbose);

}  // namespace redshank::eval
