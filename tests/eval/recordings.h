// What the detectors find in the recordings of the corpus, episode by episode.
#pragma once

namespace redshank::eval {

// Prints a table for each recording that is present. Says so when there are none.
void print_recordings(bool verbose);

}  // namespace redshank::eval
