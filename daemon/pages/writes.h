// What operators do on a page: acknowledge, close, silence. The same as the commands do.
#pragma once

#include <map>
#include <string>

#include "daemon/http/server.h"
#include "daemon/pages/html.h"
#include "daemon/pages/site.h"

namespace redshank {

// Why a request is no form of a page of ours; "" when it is one. `token`: what the form must send.
std::string why_not_ours(const HttpQuery& query, const std::map<std::string, std::string>& form,
                         const std::string& token);

// Carries out what the form says of the incident whose id begins so; returns what is wrong, else "". Tells it
// in the journal. `store`: Attached.
std::string carry_out(Store& store, const std::string& incident,
                      const std::map<std::string, std::string>& form, const std::string& user,
                      audit::Time now);

// The silences of the incident in force, each with its command and, for operators, a button that ends it.
Html silences_words(const PageAsked& asked, const Incident& incident);

// The forms; what to do instead for somebody who may only look.
Html forms_of(const PageAsked& asked, const Incident& incident);

}  // namespace redshank
