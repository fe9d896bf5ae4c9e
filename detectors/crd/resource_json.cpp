#include "detectors/crd/resource_json.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdlib>

namespace redshank::crd {

namespace json = boost::json;

namespace {

int64_t number(audit::Time time) {
    return time.time_since_epoch().count();
}

audit::Time time_at(const json::object& row, std::string_view key) {
    return audit::Time{audit::Duration{row.at(key).to_number<int64_t>()}};
}

std::string text_at(const json::object& row, std::string_view key) {
    return std::string(row.at(key).as_string());
}

// Boost's reading of decimal fractions may be off by the last bit, and a restart must change nothing.
std::string exact(double value) {
    return fmt::format("{:a}", value);
}

double exact_at(const json::object& row, std::string_view key) {
    return std::strtod(text_at(row, key).c_str(), nullptr);
}

json::array texts(const auto& all) {
    json::array rows;
    for (const auto& text : all) rows.emplace_back(text);
    return rows;
}

json::object evidence_row(const Evidence& evidence) {
    return {{"audit_id", evidence.audit_id},
            {"time", number(evidence.time)},
            {"source", evidence.source},
            {"offset", evidence.offset}};
}

Evidence evidence_from(const json::object& row) {
    return {text_at(row, "audit_id"), time_at(row, "time"), text_at(row, "source"),
            row.at("offset").to_number<uint64_t>()};
}

json::object failure_row(const Failure& failure) {
    return {{"time", number(failure.time)},
            {"user", failure.user},
            {"verb", failure.verb},
            {"version", failure.version},
            {"subresource", failure.subresource},
            {"namespace", failure.namespace_},
            {"name", failure.name},
            {"code", failure.code}};
}

Failure failure_from(const json::object& row) {
    return {time_at(row, "time"),    text_at(row, "user"),           text_at(row, "verb"),
            text_at(row, "version"), text_at(row, "subresource"),    text_at(row, "namespace"),
            text_at(row, "name"),    row.at("code").to_number<int>()};
}

json::object track_row(const Track& track) {
    json::object causes;
    for (const auto& [cause, n] : track.causes) causes[cause] = n;
    json::array pending;
    for (const Evidence& evidence : track.pending) pending.push_back(evidence_row(evidence));
    return {{"bad", track.bad.to_text()},
            {"first", failure_row(track.first)},
            {"count", track.count},
            {"last", number(track.last)},
            {"callers", texts(track.callers)},
            {"objects", texts(track.objects)},
            {"causes", std::move(causes)},
            {"verb_classes", track.verb_classes},
            {"versions", texts(track.versions)},
            {"pending", std::move(pending)},
            {"run", track.run},
            {"run_start", number(track.run_start)},
            {"good_since", track.good_since},
            {"run_objects", texts(track.run_objects)},
            {"level", track.level},
            {"unhealthy", number(track.unhealthy)},
            {"change", track.change}};
}

Track track_from(const json::object& row) {
    Track track;
    track.bad.from_text(row.at("bad").as_string());
    track.first = failure_from(row.at("first").as_object());
    track.count = row.at("count").to_number<uint64_t>();
    track.last = time_at(row, "last");
    for (const json::value& caller : row.at("callers").as_array())
        track.callers.emplace_back(caller.as_string());
    for (const json::value& hash : row.at("objects").as_array())
        track.objects.push_back(hash.to_number<uint64_t>());
    for (const auto& [cause, n] : row.at("causes").as_object())
        track.causes[std::string(cause)] = n.to_number<uint64_t>();
    track.verb_classes = row.at("verb_classes").to_number<uint8_t>();
    for (const json::value& version : row.at("versions").as_array())
        track.versions.emplace_back(version.as_string());
    for (const json::value& evidence : row.at("pending").as_array())
        track.pending.push_back(evidence_from(evidence.as_object()));
    track.run = row.at("run").to_number<uint64_t>();
    track.run_start = time_at(row, "run_start");
    for (const json::value& hash : row.at("run_objects").as_array())
        track.run_objects.push_back(hash.to_number<uint64_t>());
    track.good_since = row.at("good_since").to_number<uint64_t>();
    track.level = row.at("level").to_number<uint8_t>();
    track.unhealthy = time_at(row, "unhealthy");
    track.change = text_at(row, "change");
    return track;
}

json::object caller_row(const Caller& caller) {
    json::object refused;
    for (const auto& [outcome, track] : caller.refused) refused[to_string(outcome)] = track_row(track);
    return {{"first_seen", number(caller.first_seen)},
            {"last_seen", number(caller.last_seen)},
            {"requests", caller.requests},
            {"ok_verbs", caller.ok_verbs},
            {"refused", std::move(refused)},
            {"watched", caller.watched.count()},
            {"longest_gap", caller.longest_gap.count()},
            {"open_watches", caller.open_watches},
            {"silent", caller.silent},
            {"retired", caller.retired},
            {"last_request", evidence_row(caller.last_request)},
            {"drops", json::array{caller.drops.run, number(caller.drops.since), number(caller.drops.last),
                                  caller.drops.told}}};
}

Caller caller_from(std::string_view user, const json::object& row) {
    Caller caller;
    caller.user = user;
    caller.first_seen = time_at(row, "first_seen");
    caller.last_seen = time_at(row, "last_seen");
    caller.requests = row.at("requests").to_number<uint64_t>();
    caller.ok_verbs = text_at(row, "ok_verbs");
    for (const auto& [word, track] : row.at("refused").as_object()) {
        OutcomeClass outcome{};
        if (parse_outcome(word, outcome)) caller.refused.emplace(outcome, track_from(track.as_object()));
    }
    caller.watched = audit::Duration{row.at("watched").to_number<int64_t>()};
    caller.longest_gap = audit::Duration{row.at("longest_gap").to_number<int64_t>()};
    caller.open_watches = row.at("open_watches").to_number<int64_t>();
    caller.silent = row.at("silent").as_bool();
    caller.retired = row.at("retired").as_bool();
    caller.last_request = evidence_from(row.at("last_request").as_object());
    if (const json::value* drops = row.if_contains("drops")) {
        caller.drops = {drops->at(0).to_number<uint64_t>(),
                        audit::Time{audit::Duration{drops->at(1).to_number<int64_t>()}},
                        audit::Time{audit::Duration{drops->at(2).to_number<int64_t>()}},
                        drops->at(3).as_bool()};
    }
    return caller;
}

json::object cusum_row(const Cusum& cusum) {
    return {{"sum", exact(cusum.sum)},
            {"alarm", cusum.alarm},
            {"minute", cusum.minute},
            {"all", cusum.all},
            {"bad", cusum.bad},
            {"usual_all", exact(cusum.usual_all)},
            {"usual_bad", exact(cusum.usual_bad)},
            {"decayed", cusum.decayed}};
}

Cusum cusum_from(const json::object& row) {
    return {exact_at(row, "sum"),
            row.at("alarm").as_bool(),
            row.at("minute").to_number<int64_t>(),
            row.at("all").to_number<uint64_t>(),
            row.at("bad").to_number<uint64_t>(),
            exact_at(row, "usual_all"),
            exact_at(row, "usual_bad"),
            row.at("decayed").to_number<int64_t>()};
}

json::array latency_rows(const std::map<VerbClass, Latency>& latencies) {
    json::array rows;
    for (const auto& [verbs, latency] : latencies) {
        json::array buckets;
        for (const auto& [bucket, count] : latency.usual.buckets())
            buckets.push_back(json::array{bucket, count});
        rows.push_back({{"verbs", static_cast<int>(verbs)},
                        {"usual", std::move(buckets)},
                        {"all", latency.all.to_text()},
                        {"slow", track_row(latency.slow)}});
    }
    return rows;
}

void latency_from(const json::array& rows, std::map<VerbClass, Latency>& latencies) {
    for (const json::value& row : rows) {
        Latency& latency = latencies[static_cast<VerbClass>(row.at("verbs").to_number<int>())];
        for (const json::value& bucket : row.at("usual").as_array())
            latency.usual.restore(bucket.at(0).to_number<uint8_t>(), bucket.at(1).to_number<uint32_t>());
        latency.all.from_text(row.at("all").as_string());
        latency.slow = track_from(row.at("slow").as_object());
    }
}

json::object reconciling_row(const Reconciling& state) {
    return {{"status_writes", state.status_writes},       {"spec_writes_since", state.spec_writes_since},
            {"most_spec_writes", state.most_spec_writes}, {"first_status", number(state.first_status)},
            {"last_status", number(state.last_status)},   {"lags", state.lags}};
}

Reconciling reconciling_from(const json::object& row) {
    return {row.at("status_writes").to_number<uint64_t>(),
            row.at("spec_writes_since").to_number<uint64_t>(),
            row.at("most_spec_writes").to_number<uint64_t>(),
            time_at(row, "first_status"),
            time_at(row, "last_status"),
            row.at("lags").as_bool()};
}

json::array tally_rows(const Tally& tally) {
    json::array rows;
    for (const auto& [row, classes] : tally.rows()) {
        json::object counts;
        for (const auto& [outcome, n] : classes) counts[to_string(outcome)] = n;
        rows.push_back({{"subresource", row.first}, {"verb", row.second}, {"classes", std::move(counts)}});
    }
    return rows;
}

void tally_from(const json::array& rows, Tally& tally) {
    for (const json::value& row : rows) {
        for (const auto& [word, n] : row.at("classes").as_object()) {
            OutcomeClass outcome{};
            if (!parse_outcome(word, outcome)) continue;
            tally.add(row.at("subresource").as_string(), row.at("verb").as_string(), outcome,
                      n.to_number<uint64_t>());
        }
    }
}

json::object notices_row(const Notices& notices) {
    json::object deprecated;
    for (const auto& [version, requests] : notices.deprecated) deprecated[version] = requests;
    return {{"deprecated", std::move(deprecated)}, {"dropped_watches", notices.dropped_watches}};
}

Notices notices_from(const json::object& row) {
    Notices notices;
    for (const auto& [version, requests] : row.at("deprecated").as_object())
        notices.deprecated[std::string(version)] = requests.to_number<uint64_t>();
    notices.dropped_watches = row.at("dropped_watches").to_number<uint64_t>();
    return notices;
}

json::object memory_row(const Memory& memory) {
    json::object unconverted;
    for (const auto& [version, time] : memory.unconverted) unconverted[version] = number(time);
    return {{"served", memory.served},
            {"status_served", memory.status_served},
            {"scale_served", memory.scale_served},
            {"versions", texts(memory.versions)},
            {"unconverted", std::move(unconverted)}};
}

Memory memory_from(const json::object& row) {
    Memory memory{.served = row.at("served").as_bool(),
                  .status_served = row.at("status_served").as_bool(),
                  .scale_served = row.at("scale_served").as_bool()};
    if (const json::value* unconverted = row.if_contains("unconverted")) {
        for (const auto& [version, time] : unconverted->as_object())
            memory.unconverted[std::string(version)] =
                audit::Time{audit::Duration{time.to_number<int64_t>()}};
    }
    if (const json::value* versions = row.if_contains("versions")) {
        for (const json::value& version : versions->as_array())
            memory.versions.emplace_back(version.as_string());
    }
    return memory;
}

}  // namespace

std::string to_json(const Resource& resource) {
    json::object tracks;
    for (const auto& [outcome, track] : resource.tracks) tracks[to_string(outcome)] = track_row(track);
    json::object callers;
    for (const auto& [user, caller] : resource.callers) callers[user] = caller_row(caller);
    const json::object row{{"cluster", resource.key.cluster},
                           {"group", resource.key.group},
                           {"resource", resource.key.resource},
                           {"origin", static_cast<int>(resource.origin)},
                           {"memory", memory_row(resource.memory)},
                           {"requests", tally_rows(resource.tally)},
                           {"valid", resource.valid.to_text()},
                           {"good_watches", resource.good_watches.to_text()},
                           {"tracks", std::move(tracks)},
                           {"cusum", cusum_row(resource.cusum)},
                           {"latency", latency_rows(resource.latency)},
                           {"callers", std::move(callers)},
                           {"reconciling", reconciling_row(resource.reconciling)},
                           {"notices", notices_row(resource.notices)},
                           {"failed_open", resource.failed_open},
                           {"first_seen", number(resource.first_seen)},
                           {"last_seen", number(resource.last_seen)},
                           {"last_good", number(resource.last_good)},
                           {"touched", resource.touched}};
    return json::serialize(row);
}

std::optional<Resource> resource_from_json(std::string_view text) {
    try {
        const json::value value = json::parse(text);
        const json::object& row = value.as_object();
        Resource resource;
        resource.key = {text_at(row, "cluster"), text_at(row, "group"), text_at(row, "resource")};
        resource.origin = static_cast<Origin>(row.at("origin").to_number<int>());
        resource.memory = memory_from(row.at("memory").as_object());
        tally_from(row.at("requests").as_array(), resource.tally);
        resource.valid.from_text(row.at("valid").as_string());
        if (const json::value* watches = row.if_contains("good_watches"))
            resource.good_watches.from_text(watches->as_string());
        for (const auto& [word, track] : row.at("tracks").as_object()) {
            OutcomeClass outcome{};
            if (parse_outcome(word, outcome)) resource.tracks.emplace(outcome, track_from(track.as_object()));
        }
        resource.cusum = cusum_from(row.at("cusum").as_object());
        latency_from(row.at("latency").as_array(), resource.latency);
        for (const auto& [user, caller] : row.at("callers").as_object())
            resource.callers.emplace(std::string(user), caller_from(user, caller.as_object()));
        resource.reconciling = reconciling_from(row.at("reconciling").as_object());
        if (const json::value* notices = row.if_contains("notices"))
            resource.notices = notices_from(notices->as_object());
        resource.failed_open = row.at("failed_open").to_number<uint64_t>();
        resource.first_seen = time_at(row, "first_seen");
        resource.last_seen = time_at(row, "last_seen");
        resource.last_good = time_at(row, "last_good");
        resource.touched = row.at("touched").to_number<uint64_t>();
        return resource;
    } catch (const std::exception&) {
        return std::nullopt;  // a row of another version: the resource is learnt anew
    }
}

}  // namespace redshank::crd
