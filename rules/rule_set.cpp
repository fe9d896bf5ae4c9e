#include "rules/rule_set.h"

#include <algorithm>
#include <array>
#include <optional>

#include "rules/demanded.h"

namespace redshank::rules {

namespace {

constexpr size_t kMaxKeys = kMaxDemanded;  // of one rule in one index

// Sorted by how few events share a value. "" stands for verb and resource together.
constexpr std::array<std::string_view, 7> kShelves = {
    "objectRef.name", "user.username", "objectRef.namespace", "", "objectRef.resource", "userAgent", "verb"};
constexpr size_t kName = 0, kVerbAndResource = 3, kVerb = 6;
constexpr std::array<size_t, 3> kOfDeed = {kVerbAndResource, 4, kVerb}, kOfSender = {1, 2, 5};
static_assert(1 + kOfDeed.size() + kOfSender.size() == kShelves.size(), "each shelf is looked up");

std::string_view text_of(const audit::Event& event, size_t shelf) {
    switch (shelf) {
        case kName:
            return event.object.name;
        case 1:
            return event.user.username;
        case 2:
            return event.object.namespace_;
        case 4:
            return event.object.resource;
        case 5:
            return event.user_agent;
        default:
            return event.verb;
    }
}

}  // namespace

RuleSet::RuleSet(std::vector<RulePtr> rules, std::vector<std::string> warnings)
    : rules_(std::move(rules)), warnings_(std::move(warnings)) {
    static_assert(kShelves.size() == kKeys);
    for (uint32_t i = 0; i < rules_.size(); ++i) place(i);
}

void RuleSet::place(uint32_t rule) {
    const Condition& condition = *rules_[rule]->condition;
    every_stage_.push_back(rules_[rule]->every_stage);
    demands_.push_back(demanded_signs(condition));
    any_every_stage_ = any_every_stage_ || rules_[rule]->every_stage;
    for (size_t i = 0; i < kKeys; ++i) {
        std::optional<std::vector<std::string>> texts;
        if (i == kVerbAndResource) {
            const auto verbs = demanded(condition, "verb");
            const auto resources = demanded(condition, "objectRef.resource");
            if (!verbs || !resources || verbs->size() * resources->size() > kMaxKeys) continue;
            texts.emplace();
            for (const std::string& verb : *verbs) {
                for (const std::string& resource : *resources) texts->push_back(verb + '\n' + resource);
            }
        } else {
            texts = demanded(condition, kShelves[i]);
        }
        if (!texts) continue;
        std::sort(texts->begin(), texts->end());
        texts->erase(std::unique(texts->begin(), texts->end()), texts->end());
        for (const std::string& text : *texts) {
            shelves_[i][text].push_back(rule);
            if (i == kName) name_lengths_ |= length_bit(text);
        }
        return;
    }
    anywhere_.push_back(rule);
}

const Rule* RuleSet::find(std::string_view id) const {
    for (const RulePtr& rule : rules_) {
        if (rule->id == id) return rule.get();
    }
    return nullptr;
}

void RuleSet::add(const std::vector<uint32_t>& rules, Signs signs, std::vector<uint32_t>& out) const {
    std::copy_if(rules.begin(), rules.end(), std::back_inserter(out),
                 [&](uint32_t rule) { return has_signs(rule, signs); });
}

void RuleSet::look_up(std::span<const size_t> shelves, const Request& request,
                      std::vector<uint32_t>& out) const {
    const audit::Event& event = request.event;
    std::string key;
    for (const size_t i : shelves) {
        if (shelves_[i].empty()) continue;
        key.clear();
        fold(text_of(event, i == kVerbAndResource ? kVerb : i), key);
        if (i == kVerbAndResource) {
            key += '\n';
            fold(event.object.resource, key);
        }
        const auto found = shelves_[i].find(key);
        if (found != shelves_[i].end()) add(found->second, signs_of(request), out);
    }
}

void RuleSet::of_deed(const Request& request, std::vector<uint32_t>& out) const {
    add(anywhere_, signs_of(request), out);
    look_up(kOfDeed, request, out);
}

void RuleSet::of_sender(const Request& request, std::vector<uint32_t>& out) const {
    look_up(kOfSender, request, out);
}

const std::vector<uint32_t>* RuleSet::of_name(std::string_view name) const {
    if ((name_lengths_ & length_bit(name)) == 0) return nullptr;
    thread_local std::string key;  // keeps its memory from event to event
    key.clear();
    fold(name, key);
    const auto found = shelves_[kName].find(key);
    return found == shelves_[kName].end() ? nullptr : &found->second;
}

}  // namespace redshank::rules
