// Answers for programs, at the address of the pages and for whoever may see them: the JSON lines that
// commands print, for `redshank fleet` and for scripts. docs/http.md describes them.
#pragma once

#include <map>
#include <string>

#include "core/state/state.h"
#include "daemon/http/server.h"
#include "daemon/questions/incidents.h"

namespace redshank {

inline constexpr const char* kIncidentsAnswer = "/api/v1/incidents";
inline constexpr const char* kLastAccessAnswer = "/api/v1/last-access";

bool is_answer(const std::string& path);
bool reads_incidents(const std::string& path);
// `args`: decoded. Of `path`s that is_answer() knows. May throw what reading the state throws.
HttpReply answer_of(const std::string& path, const std::map<std::string, std::string>& args,
                    const StateReader& state, const KnownIncidents& incidents);

}  // namespace redshank
