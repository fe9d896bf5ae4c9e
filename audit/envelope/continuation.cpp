#include "audit/envelope/continuation.h"

#include <algorithm>

#include "audit/envelope/envelope.h"
#include "audit/envelope/parts.h"
#include "audit/space.h"

namespace redshank::audit {

namespace {

size_t margin_of(std::string_view line) {
    return std::min(line.find_first_not_of(" \t"), line.size());
}

}  // namespace

std::string_view opens_list(std::string_view line) {
    line = trim_end(line);
    if (!line.ends_with('[')) return {};
    line.remove_suffix(1);
    line = trim_end(line);
    if (!line.ends_with(':')) return {};
    line.remove_suffix(1);
    line = trim_end(line.substr(margin_of(line)));
    if (line.size() < 3 || line.front() != '"' || line.back() != '"') return {};
    line = line.substr(1, line.size() - 2);
    return line == "items" || is_list_of_records(line) ? line : std::string_view();
}

Continuation::Says Continuation::look_at(std::string_view line, bool is_cut) {
    if (inside_ == Inside::Nothing) return begin(line);
    if (is_cut) {
        if (inside_ == Inside::Pretty) return Says::GoesOn;  // what ends it is short
        reset();
        return Says::Ends;
    }
    Says says = Says::EndsBefore;
    if (inside_ == Inside::Pretty) {
        says = go_on_pretty(line);
    } else if (const auto cri = cri_line(line); cri && inside_ == Inside::Cri) {
        says = cri->goes_on || cri->stream != stream_ ? Says::GoesOn : Says::Ends;
    } else if (const auto part = docker_part(line); part && inside_ == Inside::Docker) {
        says = part->goes_on || part->stream != stream_ ? Says::GoesOn : Says::Ends;
    }
    if (says != Says::GoesOn) reset();
    return says;
}

Continuation::Says Continuation::begin(std::string_view line) {
    if (const auto cri = cri_line(line); cri && cri->goes_on) {
        inside_ = Inside::Cri;
        stream_ = cri->stream;
    } else if (const auto part = docker_part(line); part && part->goes_on) {
        inside_ = Inside::Docker;
        stream_ = part->stream;
    } else if (trim_end(line.substr(margin_of(line))) == "{") {
        inside_ = Inside::Pretty;
        margin_ = margin_of(line);
        members_ = 0;
    }
    return is_inside() ? Says::GoesOn : Says::Ends;
}

Continuation::Says Continuation::go_on_pretty(std::string_view line) {
    const size_t margin = margin_of(line);
    const std::string_view rest = trim_end(line.substr(margin));
    if (margin == margin_) return rest == "}" || rest == "}," ? Says::Ends : Says::EndsBefore;
    if (margin < margin_ || rest.empty()) return Says::EndsBefore;
    if (members_ == 0) members_ = margin;
    const bool is_list = margin_ == 0 && margin == members_ && !opens_list(line).empty();
    return is_list ? Says::Ends : Says::GoesOn;
}

}  // namespace redshank::audit
