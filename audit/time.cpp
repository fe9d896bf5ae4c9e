#include "audit/time.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace redshank::audit {

namespace {

using namespace std::chrono;

// Reads `count` digits at `at`; -1 when there are fewer.
int digits(std::string_view text, size_t at, size_t count) {
    int value = 0;
    for (size_t i = at; i < at + count; ++i) {
        if (i >= text.size() || text[i] < '0' || text[i] > '9') return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

// Parses "Z", "+02:00" or "-05:30"; nothing may follow.
std::optional<minutes> parse_offset(std::string_view text) {
    if (text == "Z" || text == "z") return minutes{0};
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
    const int hour = digits(text, 1, 2);
    const int minute = digits(text, 4, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
    const minutes offset{hour * 60 + minute};
    return text[0] == '-' ? -offset : offset;
}

// Writes the last digits of the number, which end before `end`, over the zeros that stand there.
void put_digits(char* end, uint64_t number) {
    for (; number != 0; number /= 10) *--end = static_cast<char>('0' + number % 10);
}

}  // namespace

std::optional<Time> parse_time(std::string_view text) {
    if (text.size() < 20 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't') ||
        text[13] != ':' || text[16] != ':') {
        return std::nullopt;
    }
    const int y = digits(text, 0, 4), mo = digits(text, 5, 2), d = digits(text, 8, 2);
    const int h = digits(text, 11, 2), mi = digits(text, 14, 2), s = digits(text, 17, 2);
    if (y < 0 || mo < 1 || d < 1 || h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 60) {
        return std::nullopt;
    }
    const year_month_day date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
    if (!date.ok()) return std::nullopt;

    size_t at = 19;
    microseconds fraction{0};
    if (text[at] == '.') {
        int64_t scale = 100'000;
        size_t count = 0;
        for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++count) {
            fraction += microseconds{(text[at] - '0') * scale};
            scale /= 10;
        }
        if (count == 0 || count > 9) return std::nullopt;
    }
    const auto offset = parse_offset(text.substr(at));
    if (!offset) return std::nullopt;
    return Time{sys_days{date} + hours{h} + minutes{mi} + seconds{s} - *offset + fraction};
}

std::optional<Time> parse_exported_time(std::string_view text) {
    if (const auto time = parse_time(text)) return time;
    if (text.size() < 19 || text.size() > 40) return std::nullopt;
    std::string written(text);
    if (written[10] == ' ') written[10] = 'T';
    if (const auto time = parse_time(written)) return time;
    return parse_time(written + 'Z');
}

std::optional<Time> time_since_epoch(int64_t count) {
    constexpr int64_t kLeast = 100'000'000;  // in seconds: 1973
    if (count < kLeast) return std::nullopt;
    if (count < kLeast * 1'000) return Time{seconds{count}};
    if (count < kLeast * 1'000'000) return Time{milliseconds{count}};
    if (count < kLeast * 1'000'000'000) return Time{microseconds{count}};
    return Time{duration_cast<microseconds>(nanoseconds{count})};
}

std::string format_time(Time time) {
    const auto day_start = floor<days>(time);
    const year_month_day date{day_start};
    const hh_mm_ss clock{time - day_start};
    const int year = static_cast<int>(date.year());
    const std::string digits = std::to_string(std::abs(year));
    std::string text;
    text.reserve(27);
    if (year < 0) text += '-';
    if (text.size() + digits.size() < 4) text.append(4 - text.size() - digits.size(), '0');
    text.append(digits).append("-00-00T00:00:00.000000Z");
    char* const end = text.data() + text.size();
    put_digits(end - 20, static_cast<unsigned>(date.month()));
    put_digits(end - 17, static_cast<unsigned>(date.day()));
    put_digits(end - 14, static_cast<uint64_t>(clock.hours().count()));
    put_digits(end - 11, static_cast<uint64_t>(clock.minutes().count()));
    put_digits(end - 8, static_cast<uint64_t>(clock.seconds().count()));
    put_digits(end - 1, static_cast<uint64_t>(clock.subseconds().count()));
    return text;
}

std::string format_duration(Duration duration) {
    if (duration < seconds{1}) return std::to_string(duration_cast<milliseconds>(duration).count()) + "ms";
    struct Unit {
        int64_t seconds;
        const char* name;
    };
    static constexpr std::array units{Unit{86'400, "d"}, Unit{3'600, "h"}, Unit{60, "m"}, Unit{1, "s"}};
    int64_t left = duration_cast<seconds>(duration).count();
    for (size_t i = 0; i < units.size(); ++i) {
        if (left < units[i].seconds) continue;
        std::string text = std::to_string(left / units[i].seconds) + units[i].name;
        left %= units[i].seconds;
        if (i + 1 < units.size() && left >= units[i + 1].seconds) {
            text += " " + std::to_string(left / units[i + 1].seconds) + units[i + 1].name;
        }
        return text;
    }
    return "0s";
}

std::optional<Duration> parse_duration(std::string_view text) {
    static constexpr Duration kLongest = days{36'500};  // small enough that its sum with any time fits
    struct Unit {
        std::string_view name;
        microseconds length;
    };
    static constexpr std::array units{Unit{"ms", milliseconds{1}}, Unit{"d", days{1}}, Unit{"h", hours{1}},
                                      Unit{"m", minutes{1}}, Unit{"s", seconds{1}}};
    if (text.empty()) return std::nullopt;
    Duration total{0};
    while (!text.empty()) {
        size_t count = 0;
        while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
        if (count == 0 || count > 9) return std::nullopt;
        const int64_t number = std::stoll(std::string(text.substr(0, count)));
        text.remove_prefix(count);
        bool known = false;
        for (const Unit& unit : units) {
            if (!text.starts_with(unit.name)) continue;
            total =
                number > kLongest / unit.length ? kLongest : std::min(kLongest, total + number * unit.length);
            text.remove_prefix(unit.name.size());
            known = true;
            break;
        }
        if (!known) return std::nullopt;
    }
    return total;
}

}  // namespace redshank::audit
