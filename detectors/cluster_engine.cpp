#include "detectors/cluster_engine.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "core/metric/evictions.h"
#include "core/state/row.h"

namespace redshank {

namespace {

constexpr std::string_view kClockTable = "engine.clock";
constexpr std::string_view kNow = "now";
constexpr std::string_view kNumbers = "engine.numbers";
constexpr std::string_view kRequests = "requests";
constexpr Metric kFindingsOpen{"redshank_findings_open", Metric::Gauge, "", "Findings that may still grow."};

// The number of a report: its request's, then whether time advanced before it or it is about the request
// itself, then the detector's, then room for 65,536 reports of each.
constexpr int kOfRequest = 20, kOfDetector = 16;
constexpr uint64_t kMostDetectors = 8;
enum class Phase : uint8_t { Advance, Observe };

uint64_t number_of(uint64_t request, Phase phase, size_t detector) {
    return request << kOfRequest | (static_cast<uint64_t>(phase) * kMostDetectors + detector) << kOfDetector;
}

struct NumberRow {
    uint64_t last = 0;
};
template <class V>
void describe(V& v, NumberRow& row) {
    v.must("last", row.last);
}

bool is_told_before(const FindingBook::Told& a, const FindingBook::Told& b) {
    return std::tie(a.is_open, a.touched) < std::tie(b.is_open, b.touched);
}

}  // namespace

ClusterEngine::ClusterEngine(const DetectorConfig& config) : detectors_(make_detectors(config)) {
    for (const std::string_view name : kLongestFirst)
        rooms_.push_back(
            {.name = name,
             .book = FindingBook({.keep_all_evidence = config.keep_all_evidence}, std::string(name)),
             .detectors = {}});
    for (size_t i = 0; i < detectors_.size(); ++i) room_of(detectors_[i]->name()).detectors.push_back(i);
}

ClusterEngine::Room& ClusterEngine::room_of(std::string_view name) {
    static_assert(std::is_permutation(kLongestFirst.begin(), kLongestFirst.end(), std::begin(kDetectorNames)),
                  "each detector's name is in kLongestFirst");
    return *std::find_if(rooms_.begin(), rooms_.end(), [&](const Room& room) { return room.name == name; });
}

ClusterEngine::Moment ClusterEngine::next(Request& request, const Origin& origin) {
    using std::chrono::floor, std::chrono::seconds;
    const audit::Event& event = request.event;
    const audit::Time before = clock_.time;
    clock_.time = std::max(before, event.stage_time);
    const bool answers = requests_.answers(event);
    request.is_by_great_role = great_roles_.see(request, answers, clock_.time);
    request.gives_great_role = great_roles_.is_given();
    return {.observation = {.event = event,
                            .request = request,
                            .origin = origin,
                            .answers = answers,
                            .now = clock_.time},
            .number = ++numbers_,
            .is_next_second = floor<seconds>(clock_.time) > floor<seconds>(before)};
}

void ClusterEngine::observe_in(Room& room, const Moment& moment) {
    const audit::Time now = moment.observation.now;
    if (moment.is_next_second) {
        room.book.advance(now);
        for (const size_t i : room.detectors) {
            room.book.go_on_from(number_of(moment.number, Phase::Advance, i));
            detectors_[i]->advance(now, room.book);
        }
    }
    for (const size_t i : room.detectors) {
        room.book.go_on_from(number_of(moment.number, Phase::Observe, i));
        detectors_[i]->observe(moment.observation, room.book);
    }
}

void ClusterEngine::observe(Request& request, const Origin& origin) {
    const Moment moment = next(request, origin);
    for (Room& room : rooms_) observe_in(room, moment);
}

void ClusterEngine::observe(std::span<Request> requests, std::span<const Origin> origins, Crew& crew,
                            const Crew::Task& besides, std::vector<ToldOf>& told) {
    moments_.clear();
    for (size_t i = 0; i < requests.size(); ++i) moments_.push_back(next(requests[i], origins[i]));
    const auto observe_all = [this](Room& room, std::vector<ToldOf>& out) {
        std::vector<FindingBook::Told> now;
        for (size_t i = 0; i < moments_.size(); ++i) {
            observe_in(room, moments_[i]);
            if (!room.book.has_changed()) continue;
            room.book.drain(now);
            for (FindingBook::Told& one : now) out.push_back({i, std::move(one)});
            now.clear();
        }
    };
    const auto begin = static_cast<std::ptrdiff_t>(told.size());
    if (crew.is_alone()) {
        if (besides) besides();
        for (Room& room : rooms_) observe_all(room, told);
    } else {
        std::vector<std::vector<ToldOf>> by_room(rooms_.size());
        std::vector<Crew::Task> tasks;
        if (besides) tasks.push_back(besides);
        for (size_t i = 0; i < rooms_.size(); ++i)
            tasks.emplace_back([&, i] { observe_all(rooms_[i], by_room[i]); });
        crew.run(tasks);
        for (std::vector<ToldOf>& some : by_room)
            std::move(some.begin(), some.end(), std::back_inserter(told));
    }
    std::sort(told.begin() + begin, told.end(), [](const ToldOf& a, const ToldOf& b) {
        return a.request != b.request ? a.request < b.request : is_told_before(a.told, b.told);
    });
}

FindingBook& ClusterEngine::source_book() {
    FindingBook& book = room_of("source").book;
    book.go_on_from(number_of(++numbers_, Phase::Advance, 0));
    return book;
}

template <class Take>
std::vector<Finding> ClusterEngine::of_all_rooms(Take take) {
    std::vector<FindingBook::Told> told;
    for (Room& room : rooms_) take(room.book, told);
    std::sort(told.begin(), told.end(), is_told_before);
    return FindingBook::findings_of(std::move(told));
}

std::vector<Finding> ClusterEngine::drain(bool all) {
    return of_all_rooms([all](FindingBook& book, std::vector<FindingBook::Told>& told) {
        if (all || book.has_changed()) book.drain(told, all);
    });
}

std::vector<Finding> ClusterEngine::take_changed() {
    return of_all_rooms(
        [](FindingBook& book, std::vector<FindingBook::Told>& told) { book.take_changed(told); });
}

void ClusterEngine::forget_changed() {
    for (Room& room : rooms_) room.book.forget_changed();
}

ToldCounts ClusterEngine::counts() const {
    ToldCounts sum;
    for (const Room& room : rooms_) sum.add(room.book.counts());
    return sum;
}

void ClusterEngine::reload(const DetectorConfig& config) {
    for (const auto& detector : detectors_) detector->reload(config);
}

void ClusterEngine::load(const StateReader& state) {
    load_row(state, kClockTable, kNow, clock_);
    NumberRow numbers;
    load_row(state, kNumbers, kRequests, numbers);
    requests_.load(state);
    great_roles_.load(state);
    // A state of before requests had numbers has those of reports only.
    uint64_t reported = 0;
    for (Room& room : rooms_) {
        room.book.load(state);
        reported = std::max(reported, room.book.calls());
    }
    numbers_ = std::max(numbers.last, reported >> kOfRequest);
    for (const auto& detector : detectors_) detector->load(state);
}

void ClusterEngine::save(StateWriter& state) {
    state.put(kClockTable, kNow, write_row(clock_));
    NumberRow numbers{.last = numbers_};
    state.put(kNumbers, kRequests, write_row(numbers));
    requests_.save(state);
    great_roles_.save(state);
    for (Room& room : rooms_) room.book.save(state);
    for (const auto& detector : detectors_) detector->save(state);
}

void ClusterEngine::refresh(const StateReader& state) {
    for (const auto& detector : detectors_) detector->refresh(state);
}

void ClusterEngine::measure(MetricWriter& metrics) const {
    uint64_t open = 0, evictions = 0;
    for (const Room& room : rooms_) {
        open += room.book.open();
        evictions += room.book.evictions();
    }
    metrics.set(kFindingsOpen, {}, open);
    count_evictions(metrics, "findings", evictions);
    count_evictions(metrics, "requests", requests_.evictions());
    count_evictions(metrics, "great_roles", great_roles_.evictions());
    for (const auto& detector : detectors_) detector->measure(metrics);
}

}  // namespace redshank
