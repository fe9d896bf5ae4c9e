#include "rules/network_policy.h"

#include <arpa/inet.h>

#include <algorithm>
#include <boost/json.hpp>
#include <vector>

namespace redshank::rules {

namespace {

namespace json = boost::json;

const json::value* member(const json::value* value, std::string_view key) {
    const json::object* object = value == nullptr ? nullptr : value->if_object();
    return object == nullptr ? nullptr : object->if_contains(key);
}

const json::array* items(const json::value* value) {
    const json::array* array = value == nullptr ? nullptr : value->if_array();
    return array == nullptr || array->empty() ? nullptr : array;
}

// An empty selector selects everything.
bool selects_all(const json::value* selector) {
    if (selector == nullptr || !selector->is_object()) return false;
    const json::value* labels = member(selector, "matchLabels");
    const bool has_labels = labels != nullptr && labels->is_object() && !labels->get_object().empty();
    return !has_labels && items(member(selector, "matchExpressions")) == nullptr;
}

struct Block {
    std::string first;  // of its addresses, 4 or 16 bytes
    unsigned bits = 0;
};

// How much of all addresses of one family the blocks hold together.
double share_of(std::vector<Block> blocks) {
    std::sort(blocks.begin(), blocks.end(), [](const Block& a, const Block& b) {
        return a.first != b.first ? a.first < b.first : a.bits < b.bits;
    });
    double share = 0;
    const Block* last = nullptr;
    for (const Block& block : blocks) {
        // Two blocks are apart, or one is in the other.
        const bool is_inside = last != nullptr && block.bits >= last->bits && [&] {
            for (unsigned bit = 0; bit < last->bits; ++bit) {
                const unsigned shift = 7 - bit % 8;
                const auto of = [&](const Block& one) {
                    return static_cast<unsigned char>(one.first[bit / 8]) >> shift & 1;
                };
                if (of(block) != of(*last)) return false;
            }
            return true;
        }();
        if (is_inside) continue;
        share += 1.0 / static_cast<double>(uint64_t{1} << std::min(block.bits, 62U));
        last = &block;
    }
    return share;
}

class Peers {
  public:
    void add(const json::value& peer) {
        const json::value* block = member(&peer, "ipBlock");
        const json::value* cidr = member(block, "cidr");
        if (cidr != nullptr && cidr->is_string()) return add_block(cidr->get_string());
        const json::value* pods = member(&peer, "podSelector");
        if (selects_all(member(&peer, "namespaceSelector")) && (pods == nullptr || selects_all(pods)))
            is_all_ = true;
    }
    // Of IPv6 an eighth is in use (2000::/3).
    bool are_everybody() const { return is_all_ || share_of(v4_) >= 0.5 || share_of(v6_) >= 0.125; }

  private:
    void add_block(std::string_view text) {
        const size_t slash = text.find('/');
        if (slash == text.npos || text.size() > 64) return;
        const std::string address(text.substr(0, slash));
        unsigned bits = 0;
        for (const char c : text.substr(slash + 1)) {
            if (c < '0' || c > '9' || bits > 128) return;
            bits = bits * 10 + static_cast<unsigned>(c - '0');
        }
        char bytes[16] = {};
        if (::inet_pton(AF_INET, address.c_str(), bytes) == 1 && bits <= 32) {
            v4_.push_back({std::string(bytes, 4), bits});
        } else if (::inet_pton(AF_INET6, address.c_str(), bytes) == 1 && bits <= 128) {
            v6_.push_back({std::string(bytes, 16), bits});
        }
    }

    bool is_all_ = false;
    std::vector<Block> v4_, v6_;
};

// `rules` is spec.ingress or spec.egress, and `key` the name of their peers. A part of a rule, as a JSON
// patch of its ports shows it, says nothing about its peers.
bool opens(const json::value& rules, std::string_view key, bool is_part) {
    const json::array* list = items(&rules);
    if (list == nullptr) return false;
    Peers peers;
    for (const json::value& rule : *list) {
        if (!rule.is_object() || items(member(&rule, "ports")) != nullptr) continue;
        const json::array* some = items(member(&rule, key));
        if (some != nullptr) {
            for (const json::value& peer : *some) peers.add(peer);
        } else if (!is_part || member(&rule, "ports") == nullptr) {
            return true;
        }
    }
    return peers.are_everybody();
}

bool opens(Context& context, Body body, bool is_part) {
    for (const auto& [direction, key] : {std::pair("ingress", "from"), std::pair("egress", "to")}) {
        const Path path{.steps = {{.key = "spec"}, {.key = direction}}, .exact = true};
        Values found;
        context.body_values(body, path, found);
        for (const Value& value : found) {
            boost::system::error_code error;
            const json::value rules = json::parse(value.text, error);
            if (!error && opens(rules, key, is_part)) return true;
        }
    }
    return false;
}

// "/spec/ingress/0/from"
bool is_path_of_peers(std::string_view path) {
    for (const auto& [start, end] : {std::pair<std::string_view, std::string_view>("/spec/ingress/", "/from"),
                                     std::pair<std::string_view, std::string_view>("/spec/egress/", "/to")}) {
        if (path.size() > start.size() + end.size() && path.starts_with(start) && path.ends_with(end) &&
            is_digits(path.substr(start.size(), path.size() - start.size() - end.size()))) {
            return true;
        }
    }
    return false;
}

}  // namespace

void lets_everybody(Context& context, const Path&, Values& out) {
    const audit::ObjectRef& object = context.event().object;
    if (object.resource != "networkpolicies" ||
        (object.api_group != "networking.k8s.io" && object.api_group != "extensions")) {
        return;
    }
    boost::system::error_code error;
    const json::value body = json::parse(context.event().request_object, error);
    if (error) return;
    bool is_open = false, touches_spec = member(&body, "spec") != nullptr;
    const json::array* operations = items(&body);
    if (operations != nullptr) {
        for (const json::value& one : *operations) {
            const json::value *path = member(&one, "path"), *op = member(&one, "op");
            if (path == nullptr || op == nullptr || !path->is_string() || !op->is_string()) continue;
            const std::string_view place = path->get_string();
            touches_spec = touches_spec || place.starts_with("/spec");
            is_open = is_open || (op->get_string() == "remove" && is_path_of_peers(place));
        }
    }
    if (is_open || (touches_spec && (opens(context, Body::Change, operations != nullptr) ||
                                     opens(context, Body::Response, false)))) {
        out.push_back(Value::of(true));
    }
}

}  // namespace redshank::rules
