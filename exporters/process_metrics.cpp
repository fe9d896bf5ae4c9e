#include "exporters/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace redshank {

namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

void add(std::vector<MetricFamily>& families, const char* name, const char* help, MetricType type,
         double value) {
    prometheus::ClientMetric metric;
    (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    families.push_back({name, help, type, {metric}});
}

double boot_time() {
    std::ifstream in("/proc/stat");
    for (std::string word; in >> word;) {
        if (word != "btime") continue;
        double seconds = 0;
        in >> seconds;
        return seconds;
    }
    return 0;
}

}  // namespace

void append_process_metrics(std::vector<MetricFamily>& families) {
    // proc(5): fields after "pid (name)" are counted from 3; the name may contain spaces and parentheses.
    std::ifstream in("/proc/self/stat");
    std::string text(std::istreambuf_iterator<char>(in), {});
    const size_t name_end = text.rfind(')');
    if (name_end != std::string::npos) {
        std::istringstream fields(text.substr(name_end + 2));
        const std::vector<std::string> field(std::istream_iterator<std::string>(fields), {});
        const auto at = [&](size_t number) {
            return number - 3 < field.size() ? std::stod(field[number - 3]) : 0.0;
        };
        const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
        const double page = static_cast<double>(sysconf(_SC_PAGESIZE));
        add(families, "process_cpu_seconds_total", "User and system CPU time spent.", MetricType::Counter,
            (at(14) + at(15)) / ticks);
        add(families, "process_threads", "Threads.", MetricType::Gauge, at(20));
        static const double booted = boot_time();
        add(families, "process_start_time_seconds", "When the process started.", MetricType::Gauge,
            booted + at(22) / ticks);
        add(families, "process_virtual_memory_bytes", "Virtual memory.", MetricType::Gauge, at(23));
        add(families, "process_resident_memory_bytes", "Resident memory.", MetricType::Gauge, at(24) * page);
    }
    std::error_code error;
    double open = 0;
    for (std::filesystem::directory_iterator fd("/proc/self/fd", error), end; !error && fd != end;
         fd.increment(error)) {
        ++open;
    }
    add(families, "process_open_fds", "Open file descriptors.", MetricType::Gauge, open);
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        add(families, "process_max_fds", "Most file descriptors that may be open.", MetricType::Gauge,
            static_cast<double>(limit.rlim_cur));
    }
    if (getrlimit(RLIMIT_AS, &limit) == 0) {
        add(families, "process_virtual_memory_max_bytes", "Most virtual memory, -1: no limit.",
            MetricType::Gauge, limit.rlim_cur == RLIM_INFINITY ? -1 : static_cast<double>(limit.rlim_cur));
    }
}

}  // namespace redshank
