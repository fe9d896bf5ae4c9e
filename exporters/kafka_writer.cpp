#include "exporters/kafka_writer.h"

#include <chrono>
#include <stdexcept>

#include "exporters/kafka_conf.h"

namespace redshank {

namespace {

struct FreeKafka {
    void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};

struct FreeError {
    void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
};

HttpAnswer failed(const std::string& problem, const std::string& detail) {
    return {.problem = problem, .detail = detail};
}

// The words that problems of HTTP have too.
HttpAnswer answer_of(rd_kafka_resp_err_t error) {
    const std::string detail = rd_kafka_err2str(error);
    switch (error) {
        case RD_KAFKA_RESP_ERR_NO_ERROR:
            return {.status = 200};
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
            return {.status = 413, .body = detail};
        case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
        case RD_KAFKA_RESP_ERR__TIMED_OUT:
            return failed("timeout", detail);
        case RD_KAFKA_RESP_ERR__SSL:
            return failed("tls", detail);
        default:
            return failed("answer", detail);
    }
}

class KafkaWriter final : public RecordWriter {
  public:
    explicit KafkaWriter(const KafkaConnection& connection) : connection_(connection) { conf(); }

    void write(uint64_t token, const KafkaRecord& record) override {
        try {
            if (!client_) client_.reset(make_client(RD_KAFKA_PRODUCER, conf()));
        } catch (const std::exception& error) {
            answers_.push_back({token, failed("connect", error.what())});
            return;
        }
        std::vector<rd_kafka_vu_t> parts;
        const auto part = [&](rd_kafka_vtype_t type) -> auto& {
            parts.push_back({});
            parts.back().vtype = type;
            return parts.back().u;
        };
        const auto bytes = [&](rd_kafka_vtype_t type, const std::string& text) {
            part(type).mem = {const_cast<char*>(text.data()), text.size()};
        };
        part(RD_KAFKA_VTYPE_TOPIC).cstr = record.topic.c_str();
        bytes(RD_KAFKA_VTYPE_KEY, record.key);
        bytes(RD_KAFKA_VTYPE_VALUE, record.value);
        part(RD_KAFKA_VTYPE_MSGFLAGS).i = RD_KAFKA_MSG_F_COPY;
        part(RD_KAFKA_VTYPE_OPAQUE).ptr = reinterpret_cast<void*>(token);
        for (const auto& [name, value] : record.headers)
            part(RD_KAFKA_VTYPE_HEADER).header = {name.c_str(), value.data(),
                                                  static_cast<ssize_t>(value.size())};
        const std::unique_ptr<rd_kafka_error_t, FreeError> error(
            rd_kafka_produceva(client_.get(), parts.data(), parts.size()));
        if (!error) {
            ++in_flight_;
        } else {
            answers_.push_back({token, answer_of(rd_kafka_error_code(error.get()))});
        }
    }

    std::vector<HttpSender::Answer> take() override {
        if (client_) rd_kafka_poll(client_.get(), 0);
        return std::exchange(answers_, {});
    }

    size_t in_flight() const override { return in_flight_ + answers_.size(); }

  private:
    KafkaConf conf() {
        KafkaConf conf = make_conf(connection_);
        // All replicas that are in step have the record, and what is sent again is there once.
        set(conf, "acks", "all");
        set(conf, "enable.idempotence", "true");
        set(conf, "linger.ms", "0");  // a receiver gets one message at a time
        set(conf, "delivery.timeout.ms",
            std::to_string(
                std::chrono::duration_cast<std::chrono::milliseconds>(connection_.timeout).count()));
        rd_kafka_conf_set_opaque(conf.get(), this);
        rd_kafka_conf_set_dr_msg_cb(conf.get(), arrived);
        return conf;
    }

    static void arrived(rd_kafka_t*, const rd_kafka_message_t* message, void* writer) {
        auto* const self = static_cast<KafkaWriter*>(writer);
        --self->in_flight_;
        self->answers_.push_back({reinterpret_cast<uint64_t>(message->_private), answer_of(message->err)});
    }

    const KafkaConnection connection_;
    std::vector<HttpSender::Answer> answers_;
    size_t in_flight_ = 0;
    std::unique_ptr<rd_kafka_t, FreeKafka> client_;  // last: it calls arrived() until it is gone
};

}  // namespace

std::shared_ptr<RecordWriter> make_kafka_writer(const KafkaConnection& connection) {
    return std::make_shared<KafkaWriter>(connection);
}

}  // namespace redshank
