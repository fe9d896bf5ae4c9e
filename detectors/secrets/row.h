// Forgiving access to a row of the state: what is absent or of another type reads as empty. Include in .cpp
// files only.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "audit/time.h"

namespace redshank::secrets {

class Row {
  public:
    explicit Row(boost::json::object fields) : fields_(std::move(fields)) {}
    // Of a row's text; empty when that is no JSON object.
    explicit Row(std::string_view text) {
        boost::system::error_code error;
        boost::json::value value = boost::json::parse(text, error);
        if (!error && value.is_object()) fields_ = std::move(value.get_object());
    }

    const boost::json::value* find(std::string_view key) const { return fields_.if_contains(key); }
    std::string text(std::string_view key) const {
        const auto* value = find(key);
        return value && value->is_string() ? std::string(value->get_string()) : std::string{};
    }
    uint64_t number(std::string_view key) const {
        const auto* value = find(key);
        if (!value) return 0;
        if (value->is_uint64()) return value->get_uint64();
        return value->is_int64() && value->get_int64() > 0 ? static_cast<uint64_t>(value->get_int64()) : 0;
    }
    bool flag(std::string_view key) const {
        const auto* value = find(key);
        return value && value->is_bool() && value->get_bool();
    }
    // Time{} when absent.
    audit::Time time(std::string_view key) const {
        return audit::parse_time(text(key)).value_or(audit::Time{});
    }

  private:
    boost::json::object fields_;
};

}  // namespace redshank::secrets
