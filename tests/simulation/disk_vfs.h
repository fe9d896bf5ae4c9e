#pragma once

namespace redshank::sim {

// Puts the simulated disk before SQLite's real one, for every database that is opened from now on.
void register_vfs();

}  // namespace redshank::sim
