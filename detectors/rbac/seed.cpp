#include "detectors/rbac/seed.h"

#include <algorithm>
#include <boost/json.hpp>
#include <optional>

#include "core/config/error.h"
#include "core/config/file_text.h"

namespace redshank::rbac {

namespace json = boost::json;

namespace {

constexpr std::string_view kWanted =
    "expected the output of: kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o json";

[[noreturn]] void fail(const std::string& where, const std::string& what) {
    throw ConfigError(where + ": " + what + "; " + std::string(kWanted));
}

std::string position(const std::string& text, size_t offset) {
    const std::string_view before = std::string_view(text).substr(0, offset);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const size_t start = before.rfind('\n') + 1;  // npos + 1 is 0
    return std::to_string(line) + ":" + std::to_string(offset - start + 1);
}

}  // namespace

std::vector<Object> read_seed(const std::string& file) {
    const std::optional<std::string> read = file_text(file);
    if (!read)
        throw ConfigError(file + ": cannot be read; give a readable file with " + std::string(kWanted));
    const std::string& text = *read;
    json::stream_parser parser;
    boost::system::error_code error;
    const size_t good = parser.write_some(text.data(), text.size(), error);
    if (!error) parser.finish(error);
    if (error) fail(file + ":" + position(text, good), error.message());
    const json::value top = parser.release();
    const json::object* list = top.if_object();
    const json::value* items = list ? list->if_contains("items") : nullptr;
    if (!items || !items->is_array()) fail(file + ":1:1", "no list of items");
    std::vector<Object> objects;
    for (const json::value& item : items->get_array()) {
        auto object = read_object(item);
        if (!object) {
            const json::object* fields = item.if_object();
            const json::value* kind = fields ? fields->if_contains("kind") : nullptr;
            fail(file + ": items[" + std::to_string(objects.size()) + "]",
                 kind && kind->is_string()
                     ? "a " + std::string(kind->get_string()) + " that is no RBAC object, or without a name"
                     : "an item without a kind");
        }
        objects.push_back(std::move(*object));
    }
    return objects;
}

}  // namespace redshank::rbac
