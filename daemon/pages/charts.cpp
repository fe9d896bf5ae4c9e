#include "daemon/pages/charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/finding/sentence.h"

namespace redshank {

namespace {

constexpr uint64_t kBarWidth = 36, kBarGap = 8, kBarHeight = 72, kBarFoot = 16, kBarHead = 14;

std::string month_day(std::chrono::sys_days day) {
    return audit::format_time(audit::Time{day}).substr(5, 5);
}

Html bar(uint64_t x, uint64_t from, uint64_t height, Html::Literal kind) {
    return Html() << "<rect class=\"" << kind << "\" x=\"" << x << "\" y=\"" << from << "\" width=\""
                  << kBarWidth << "\" height=\"" << height << "\"/>";
}

// "08–11, 13–17"; "never" for none.
std::string hours_words(const std::array<bool, 24>& hours) {
    std::string out;
    for (size_t hour = 0; hour < hours.size(); ++hour) {
        if (!hours[hour] || (hour > 0 && hours[hour - 1])) continue;
        size_t end = hour;
        while (end < hours.size() && hours[end]) ++end;
        out += fmt::format("{}{:02}–{:02}", out.empty() ? "" : ", ", hour, end);
    }
    return out.empty() ? "never" : out;
}

constexpr int64_t kSpanWidth = 1000, kSpanLeast = 4;

}  // namespace

Html span_chart(const std::vector<SpanBar>& bars, audit::Time now) {
    if (bars.empty()) return {};
    audit::Time first = now, last{};
    size_t open = 0;
    for (const SpanBar& bar : bars) {
        first = std::min(first, bar.opened);
        last = std::max(last, bar.closed.value_or(now));
        if (!bar.closed) ++open;
    }
    const double all = std::max<double>(1, static_cast<double>((last - first).count()));
    const auto place = [&](audit::Time time) {
        return static_cast<int64_t>(static_cast<double>((time - first).count()) / all * kSpanWidth);
    };
    Html out("<figure class=\"chart spans\"><p class=\"unseen\">");
    out << counted(bars.size(), "exposure") << " from " << moment_words(first) << " to " << moment_words(last)
        << ", " << open << " still open</p>";
    for (const SpanBar& bar : bars) {
        const int64_t width = std::max(kSpanLeast, place(bar.closed.value_or(now)) - place(bar.opened));
        const int64_t left = std::min(place(bar.opened), kSpanWidth - width);
        out << "<p>" << cut_words(bar.label, 160)
            << "</p><svg aria-hidden=\"true\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\"><rect "
               "class=\"track\" x=\"0\" y=\"0\" width=\"1000\" height=\"10\"/><rect class=\""
            << (bar.closed ? Html("lesser") : Html("grave")) << "\" x=\"" << left << "\" y=\"0\" width=\""
            << width << "\" height=\"10\"/></svg>\n";
    }
    return out << "<figcaption><span class=\"ends\"><span>" << moment_words(first) << "</span> <span>"
               << moment_words(last)
               << "</span></span> <span class=\"key grave\">still open</span> <span class=\"key "
                  "lesser\">closed</span></figcaption></figure>";
}

Html hours_chart(const UsualHours& hours) {
    Html out("<figure class=\"chart hours\">");
    for (const auto& [name, row] :
         {std::pair{Html("Working days"), &hours.working_days}, {Html("Weekends"), &hours.weekends}}) {
        out << "<p>" << name << ": " << hours_words(*row)
            << "</p><svg aria-hidden=\"true\" viewBox=\"0 0 240 10\" preserveAspectRatio=\"none\">";
        for (size_t hour = 0; hour < row->size(); ++hour)
            out << "<rect class=\"" << ((*row)[hour] ? Html("lesser") : Html("track")) << "\" x=\""
                << hour * 10 << "\" y=\"0\" width=\"9\" height=\"10\"/>";
        out << "</svg>\n";
    }
    return out << "<figcaption><span class=\"ends\"><span>0</span> <span>6</span> <span>12</span> "
                  "<span>18</span> "
                  "<span>24</span></span> Hours (UTC) in which requests came, on "
               << counted(static_cast<uint64_t>(hours.days), "day") << "</figcaption></figure>";
}

Html day_chart(const std::vector<DayBar>& days) {
    uint64_t most = 1, sum = 0, grave = 0;
    for (const DayBar& day : days) most = std::max(most, day.all), sum += day.all, grave += day.grave;
    const uint64_t width = days.size() * (kBarWidth + kBarGap);
    const uint64_t height = kBarHead + kBarHeight + kBarFoot;
    Html out("<figure class=\"chart\"><svg role=\"img\" viewBox=\"0 0 ");
    out << width << " " << height << "\" aria-label=\"" << counted(sum, "incident") << " in "
        << counted(days.size(), "day") << ", " << grave << " of them high or critical\">";
    for (size_t i = 0; i < days.size(); ++i) {
        const uint64_t x = i * (kBarWidth + kBarGap) + kBarGap / 2;
        const uint64_t all = days[i].all * kBarHeight / most, dark = days[i].grave * kBarHeight / most;
        const uint64_t foot = kBarHead + kBarHeight;
        out << bar(x, foot - all, all - dark, "lesser") << bar(x, foot - dark, dark, "grave");
        if (days[i].all > 0)
            out << "<text class=\"value\" x=\"" << x + kBarWidth / 2 << "\" y=\"" << foot - all - 3 << "\">"
                << days[i].all << "</text>\n";
        out << "<text x=\"" << x + kBarWidth / 2 << "\" y=\"" << height - 3 << "\">" << month_day(days[i].day)
            << "</text>\n";
    }
    return out << "</svg><figcaption><span class=\"key grave\">high or critical</span> "
                  "<span class=\"key lesser\">lesser ones</span></figcaption></figure>";
}

}  // namespace redshank
