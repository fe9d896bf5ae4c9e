#include "exporters/kafka_sink.h"

#include <boost/json.hpp>

#include "audit/utf8.h"
#include "core/finding/finding_json.h"
#include "exporters/kafka_writer.h"
#include "exporters/receiver_files.h"

namespace redshank {

namespace json = boost::json;

namespace {

class KafkaSink final : public AlertSink {
  public:
    KafkaSink(std::shared_ptr<RecordWriter> writer, std::string topic, SiemFormat format)
        : writer_(std::move(writer)), topic_(std::move(topic)), format_(format) {}

    SinkTraits traits() const override { return traits_of_log(); }

    Message render(std::span<const Alert> alerts, audit::Time /*now*/) const override {
        const Alert& alert = alerts.front();
        const bool is_end = alert.incident && !alert.incident->is_open();
        KafkaRecord record{.writer = writer_, .topic = topic_};
        record.key = is_end ? alert.incident->id : alert.finding.id;
        record.value =
            audit::valid_utf8(json::serialize(is_end ? body_of(*alert.incident) : body_of(alert.finding)));
        record.headers = {{"redshank-type", is_end ? "incident" : "finding"},
                          {"redshank-notification", alert.notification}};
        if (alert.incident) record.headers.emplace_back("redshank-incident", alert.incident->id);
        if (alert.test) record.headers.emplace_back("redshank-test", "true");
        return record;
    }

  private:
    template <class What>
    json::object body_of(const What& what) const {
        return format_ == SiemFormat::Own ? json_of(what) : siem_of(what, format_);
    }

    std::shared_ptr<RecordWriter> writer_;
    std::string topic_;
    SiemFormat format_;
};

}  // namespace

void read(ConfigTable& table, KafkaSinkConfig& config) {
    read_brokers(table, config.connection);
    table.read("topic", config.topic);
    if (!is_topic(config.topic))
        table.error("topic", "must be the name of a topic: up to 249 letters, digits, and . _ -");
    table.read_choice("format", config.format,
                      {{"redshank", SiemFormat::Own}, {"ocsf", SiemFormat::Ocsf}, {"ecs", SiemFormat::Ecs}});
    table.refuse("proxy", "is for receivers by HTTP: brokers are reached directly");
    table.refuse("allow_private_addresses", "is for receivers by HTTP: brokers are mostly at private ones");
    if (!has_kafka()) table.error("type", kNoKafka);
}

std::vector<NamedSink> make_sinks(const KafkaSinkConfig& config, const ReceiverConfig& receiver) {
    KafkaConnection connection = config.connection;
    connection.ca_file = receiver.http.ca_file;
    connection.client_cert_file = receiver.http.client_cert_file;
    connection.client_key_file = receiver.http.client_key_file;
    connection.connect_timeout = receiver.http.connect_timeout;
    connection.timeout = receiver.http.timeout;
    try {
        return sole_sink(receiver.name, std::make_unique<KafkaSink>(make_kafka_writer(connection),
                                                                    config.topic, config.format));
    } catch (const std::exception& error) {
        throw ReceiverError(receiver, error.what());
    }
}

}  // namespace redshank
