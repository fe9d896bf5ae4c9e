#include "audit/event_list.h"

#include <simdjson.h>

#include "audit/event_parser.h"

namespace redshank::audit {

namespace od = simdjson::ondemand;

namespace {

constexpr const char* kNotJson = "the body is not one JSON object in UTF-8";
constexpr const char* kNotAList = "the body is no audit.k8s.io EventList";

const char* read_items(od::value value, std::vector<std::string_view>& items) {
    od::array array;
    if (value.get_array().get(array)) return kNotAList;
    for (auto element : array) {
        od::object item;
        std::string_view text;
        if (const auto error = element.get_object().get(item)) {
            return error == simdjson::INCORRECT_TYPE ? kNotAList : kNotJson;
        }
        if (item.raw_json().get(text)) return kNotJson;
        if (items.size() == EventListReader::kMostItems) return "the list has more than 65536 items";
        items.push_back(text);
    }
    return nullptr;
}

}  // namespace

struct EventListReader::Impl {
    od::parser parser;

    const char* read(od::document& document, std::vector<std::string_view>& items) {
        od::object root;
        if (document.get_object().get(root)) return kNotJson;
        bool has_items = false;
        for (auto member : root) {
            std::string_view key, word;
            od::value value;
            if (member.unescaped_key().get(key) || member.value().get(value)) return kNotJson;
            if (key == "items" && !has_items) {
                has_items = true;
                if (const char* why = read_items(value, items)) return why;
            } else if (key == "kind") {
                if (value.get_string().get(word) || word != "EventList") return kNotAList;
            } else if (key == "apiVersion") {
                if (value.get_string().get(word) || !word.starts_with("audit.k8s.io/")) return kNotAList;
            }
        }
        if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) return kNotJson;
        return has_items ? nullptr : kNotAList;
    }
};

EventListReader::EventListReader() : impl_(std::make_unique<Impl>()) {}
EventListReader::~EventListReader() = default;

const char* EventListReader::read(std::string_view body, std::vector<std::string_view>& items) {
    items.clear();
    od::document document;
    const simdjson::padded_string_view padded(body.data(), body.size(), body.size() + kPadding);
    if (impl_->parser.iterate(padded).get(document)) return kNotJson;
    return impl_->read(document, items);
}

}  // namespace redshank::audit
