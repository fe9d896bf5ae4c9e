#include "daemon/pages/charts.h"

#include <algorithm>

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

}  // namespace

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
                << days[i].all << "</text>";
        out << "<text x=\"" << x + kBarWidth / 2 << "\" y=\"" << height - 3 << "\">" << month_day(days[i].day)
            << "</text>";
    }
    return out << "</svg><figcaption><span class=\"key grave\">high or critical</span> "
                  "<span class=\"key lesser\">lesser ones</span></figcaption></figure>";
}

}  // namespace redshank
