// The tables of the database and how older ones become today's. docs/state.md describes each column.
#pragma once

#include <span>
#include <stdexcept>
#include <string_view>

#include "daemon/store/sqlite.h"

namespace redshank {

// In the header of the file, so that `file` and redshank recognise it: "rdsk".
inline constexpr int32_t kApplicationId = 0x7264736b;

// The database was written by a newer redshank.
class NewerSchema : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// Step N leads from schema version N to N + 1 and is never changed once released.
std::span<const std::string_view> migrations();

int64_t schema_version(const sqlite::Connection& db);

// Runs the steps that are missing, all in one transaction: after a crash the schema is the old or the new
// one. Throws NewerSchema, or sqlite::Error.
void migrate(sqlite::Connection& db, std::span<const std::string_view> steps = migrations());

}  // namespace redshank
