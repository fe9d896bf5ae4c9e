#include "detectors/access/habit.h"

#include <algorithm>
#include <limits>

#include "core/state/key.h"

namespace redshank::access {

namespace {

// Interpolated Kneser-Ney, which is a one-table Pitman-Yor process: d takes from what was seen for what was
// not.
constexpr double kDiscount = 0.5, kStrength = 1.0;

}  // namespace

void HabitOf::append_to(std::string& key) const {
    if (question != 0) (key += question) += kHabitMark;
    key.append(group).append(who);
    if (!about.empty()) (key += kHabitMark).append(about);
}

KeyParts HabitParts::operator()(std::string_view key) const {
    const size_t asked = key.size() > 1 && key[1] == kHabitMark ? 2 : 0;
    const size_t whole = std::min(key.find(kKeyMark, asked), key.size());
    const size_t whose = std::min(key.substr(0, whole).find(kHabitMark, asked), whole);
    return {key.substr(0, asked), key.substr(asked, whose - asked), key.substr(whose, whole - whose),
            key.substr(whole)};
}

// True when the value is new in the context.
bool HabitModel::count(const HabitOf& context, std::string_view value, Hour hour, bool always) {
    write_key(context, value);
    const auto known = cells_.find_handle(key_);
    const bool is_new = !known;
    if (!is_new && !always && hour <= known.row().last) return false;
    HabitCount& cell = cells_.change(known, key_);
    ++cell.count;
    cell.last = std::max(cell.last, hour);
    key_.resize(key_.size() - value.size() - 1);
    HabitTotals& whole = contexts_.change(key_);
    ++whole.total;
    whole.kinds += is_new ? 1 : 0;
    whole.last = std::max(whole.last, hour);
    return is_new;
}

// Into key_.
void HabitModel::write_key(const HabitOf& context, std::string_view value) const {
    key_.clear();
    context.append_to(key_);
    (key_ += kKeyMark).append(value);
}

const HabitCount* HabitModel::find(const HabitOf& context, std::string_view value) const {
    write_key(context, value);
    return cells_.find(key_);
}

const HabitTotals* HabitModel::find(const HabitOf& context) const {
    key_.clear();
    context.append_to(key_);
    return contexts_.find(key_);
}

// `without`: how many of the value's counts are left out.
double HabitModel::blend(const HabitOf& context, std::string_view value, double parent,
                         int64_t without) const {
    const HabitTotals* whole = find(context);
    if (whole == nullptr) return parent;
    const HabitCount* cell = find(context, value);
    const int64_t count = cell == nullptr ? 0 : cell->count;
    const double n = static_cast<double>(count - std::min(count, without));
    const double total = static_cast<double>(whole->total), kinds = static_cast<double>(whole->kinds);
    return (std::max(n - kDiscount, 0.0) + (kStrength + kDiscount * kinds) * parent) / (total + kStrength);
}

double HabitModel::probability(const Levels& levels, std::string_view value, double uniform, size_t from,
                               bool on_trial) const {
    double p = uniform;
    for (size_t i = levels.size(); i-- > from;) {
        const int64_t own = i == 0 ? std::numeric_limits<int64_t>::max() : 1;
        p = blend(levels[i], value, p, on_trial ? own : 0);
    }
    return p;
}

int64_t HabitModel::seen(const HabitOf& context, std::string_view value, audit::Time now,
                         audit::Duration memory) const {
    const HabitCount* cell = find(context, value);
    if (cell == nullptr || cell->last.micros() < (now - memory).time_since_epoch().count()) return 0;
    return cell->count;
}

HabitContext HabitModel::context(const HabitOf& context) const {
    const HabitTotals* whole = find(context);
    return whole == nullptr ? HabitContext{} : HabitContext{whole->total, whole->kinds};
}

void HabitModel::load(const StateReader& state) {
    cells_.load(state);
    contexts_.load(state);
}

void HabitModel::save(StateWriter& state) {
    cells_.save(state);
    contexts_.save(state);
}

}  // namespace redshank::access
