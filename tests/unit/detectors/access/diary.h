// Writes weeks of activity in a few lines: events with times, fed to one detector.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "detectors/access/detector.h"
#include "detectors/great_roles.h"
#include "tests/support/events.h"

namespace redshank::test {

struct Deed {
    std::string user = R"({"username":"alice","groups":["dev","system:authenticated"]})";
    std::string verb = "get", resource = "pods", group, subresource, ns = "shop", name = "web";
    std::string agent = "kubectl/v1.32.0 (linux/amd64) kubernetes/abc", ip = "10.0.0.7", impersonated;
    int code = 200;
    std::string decision = "allow", message, more_annotations, uri = "/api/v1/x";
    bool has_object = true;
    std::string reason;  // the authorizer's
    std::string body;    // requestObject
};

inline std::string person(const std::string& name, const std::string& group = "dev") {
    return R"({"username":")" + name + R"(","groups":[")" + group + R"(","system:authenticated"]})";
}

// A service account; `pod` is "" for a token that is bound to no Pod.
inline std::string account(const std::string& ns, const std::string& name, const std::string& pod,
                           const std::string& jti = "j-1") {
    std::string out =
        R"({"username":"system:serviceaccount:)" + ns + ":" + name +
        R"(","uid":"u-1","groups":["system:serviceaccounts","system:authenticated"],"extra":{)" +
        R"("authentication.kubernetes.io/credential-id":["JTI=)" + jti + R"("])";
    if (!pod.empty()) out += R"(,"authentication.kubernetes.io/pod-name":[")" + pod + R"("])";
    return out + "}}";
}

// A token that is bound to a Pod, with the Pod's name, uid and node as the API server logs them.
inline std::string pod_token(const std::string& ns, const std::string& name, const std::string& uid,
                             const std::string& node = "n1") {
    return R"({"username":"system:serviceaccount:)" + ns + ":" + name +
           R"(","uid":"u-1","groups":["system:serviceaccounts","system:authenticated"],"extra":{)" +
           R"("authentication.kubernetes.io/credential-id":["JTI=)" + uid +
           R"("],"authentication.kubernetes.io/pod-name":["p-)" + uid +
           R"("],"authentication.kubernetes.io/pod-uid":[")" + uid +
           R"("],"authentication.kubernetes.io/node-name":[")" + node + R"("]}})";
}

// State rows in memory.
class Rows : public StateReader, public StateWriter {
  public:
    void put(std::string_view table, std::string_view key, std::string_view value) override {
        rows_[std::string(table)][std::string(key)] = value;
        ++writes;
    }
    void erase(std::string_view table, std::string_view key) override {
        rows_[std::string(table)].erase(std::string(key));
    }
    std::optional<std::string> get(std::string_view table, std::string_view key) const override {
        const auto at = rows_.find(std::string(table));
        if (at == rows_.end()) return std::nullopt;
        const auto row = at->second.find(std::string(key));
        return row == at->second.end() ? std::nullopt : std::optional(row->second);
    }
    void scan(std::string_view table, std::string_view prefix,
              const std::function<void(std::string_view, std::string_view)>& row) const override {
        const auto at = rows_.find(std::string(table));
        if (at == rows_.end()) return;
        for (auto i = at->second.lower_bound(std::string(prefix)); i != at->second.end(); ++i) {
            if (!i->first.starts_with(prefix)) return;
            row(i->first, i->second);
        }
    }
    const std::map<std::string, std::map<std::string, std::string>>& all() const { return rows_; }
    uint64_t writes = 0;

  private:
    std::map<std::string, std::map<std::string, std::string>> rows_;
};

// The metrics that a detector writes, by name and value of the first label.
class Measured : public MetricWriter {
  public:
    explicit Measured(const Detector& detector) { detector.measure(*this); }
    void write(const Metric& metric, const Labels& labels, double value) override {
        values[metric.name + (labels.empty() ? "" : " " + labels[0].second)] = value;
    }
    std::map<std::string, double> values;
};

class Diary {
  public:
    explicit Diary(access::Config config = short_learning())
        : config_(std::move(config)), detector_(access::make_detector(config_)) {}

    static access::Config short_learning() {
        access::Config config;
        config.learning_candidates = 0;
        return config;
    }

    // Sends the deed `hours` after the start. Calls must be in order of time.
    void at(double hours, const Deed& deed) {
        at(audit::Duration{static_cast<int64_t>(hours * 3.6e9)}, deed);
    }
    void at(audit::Duration since_start, const Deed& deed) {
        const audit::Time time = start_ + since_start;
        EventSpec spec;
        spec.audit_id = "a-" + std::to_string(++events_);
        spec.verb = deed.verb;
        spec.user = deed.user;
        spec.agent = deed.agent;
        spec.source_ip = deed.ip;
        spec.impersonated = deed.impersonated;
        spec.uri = deed.uri;
        spec.object.clear();
        if (deed.has_object) {
            spec.object = R"({"resource":")" + deed.resource + "\"";
            if (!deed.ns.empty()) spec.object += R"(,"namespace":")" + deed.ns + "\"";
            if (!deed.name.empty()) spec.object += R"(,"name":")" + deed.name + "\"";
            if (!deed.group.empty()) spec.object += R"(,"apiGroup":")" + deed.group + "\"";
            if (!deed.subresource.empty()) spec.object += R"(,"subresource":")" + deed.subresource + "\"";
            spec.object += "}";
        }
        spec.status =
            R"({"metadata":{},"message":")" + deed.message + R"(","code":)" + std::to_string(deed.code) + "}";
        spec.decision = deed.decision;
        spec.reason = deed.reason;
        spec.request_object = deed.body;
        if (!deed.body.empty()) spec.level = "Request";
        spec.more_annotations = deed.more_annotations;
        spec.received = spec.time = audit::format_time(time);
        if (deed.code == 401) spec.stage = "ResponseStarted";
        const ParsedEvent event = spec.parsed();
        now_ = std::max(now_, time);
        detector_->advance(now_, book_);
        const Origin origin{.cluster = "c", .source = "audit.log", .offset = events_};
        Request request = symbols_.understand(*event);
        request.is_by_great_role = roles_.see(request, true, now_);
        detector_->observe(
            {.event = *event, .request = request, .origin = origin, .answers = true, .now = now_}, book_);
        book_.advance(now_);
        for (Finding& finding : book_.drain()) told_[finding.id] = std::move(finding);
    }

    // Repeats the deed every `step` hours from `from` to `to`.
    void through(double from, double to, double step, const Deed& deed) {
        for (double hour = from; hour < to; hour += step) at(hour, deed);
    }

    // All findings so far in their last form, oldest first.
    std::vector<Finding> told() {
        for (Finding& finding : book_.drain(true)) told_[finding.id] = std::move(finding);
        std::vector<Finding> all;
        for (const auto& [id, finding] : told_) all.push_back(finding);
        std::sort(all.begin(), all.end(),
                  [](const Finding& a, const Finding& b) { return a.first_seen < b.first_seen; });
        return all;
    }
    std::vector<std::string> kinds() {
        std::vector<std::string> out;
        for (const Finding& finding : told()) out.push_back(finding.kind);
        return out;
    }

    // Saves the detector and loads a new one from its state.
    void restart() {
        save();
        detector_ = access::make_detector(config_);
        detector_->load(rows_);
        book_ = FindingBook{};
        book_.load(rows_);
    }
    void save() {
        detector_->save(rows_);
        book_.save(rows_);
    }
    const Rows& rows() const { return rows_; }
    Rows& rows() { return rows_; }
    Detector& detector() { return *detector_; }

  private:
    access::Config config_;
    std::unique_ptr<Detector> detector_;
    Symbols symbols_;
    GreatRoles roles_;
    FindingBook book_;
    Rows rows_;
    std::map<std::string, Finding> told_;
    audit::Time start_ = *audit::parse_time("2026-01-05T00:00:00Z"), now_{};  // a Monday
    uint64_t events_ = 0;
};

}  // namespace redshank::test
