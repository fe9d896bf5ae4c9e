// What receivers mean by the text of an answer that has a status of success.
#pragma once

#include <string_view>

#include "exporters/alert_sink.h"

namespace redshank {

// See judge_answer(). Of Words::Yes: "", "ok", "true", "1", "success", "accepted", in any case, quoted or
// not, or a JSON object that does not say no.
bool is_accepted(std::string_view body, Words words);

}  // namespace redshank
