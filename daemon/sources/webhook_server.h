#pragma once

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "audit/event_list.h"
#include "daemon/sources/webhook_credentials.h"
#include "daemon/sources/webhook_queue.h"
#include "daemon/sources/webhook_source.h"

namespace redshank {

class WebhookSession;

// Counters of one listener, written by its thread.
struct WebhookCounts {
    static constexpr std::array kCodes{200, 400, 401, 403, 405, 408, 411, 413, 415, 429, 503};
    std::array<std::atomic<uint64_t>, kCodes.size()> answers{};  // by code
    std::atomic<uint64_t> failed_handshakes = 0, evicted = 0, connections = 0;
    std::atomic<uint64_t> too_large = 0;  // bytes of the largest body that was refused since it was asked

    void answered(int code);
};

// The listener: one thread, "webhook". It hands whole bodies to the queue, and answers when it is told that
// they are durable. Connections are bounded: when all are taken, the one that has shown nothing for longest
// goes, strangers first.
class WebhookServer {
  public:
    WebhookServer(const WebhookSourceConfig& config, WebhookQueue& queue,
                  std::shared_ptr<const WebhookCredentials> credentials);
    ~WebhookServer();  // stops
    WebhookServer(const WebhookServer&) = delete;
    WebhookServer& operator=(const WebhookServer&) = delete;

    // --- The pipeline's thread ---
    // Takes the socket that systemd handed over, or opens one. Throws std::runtime_error: what, why.
    void start();
    // Who waits for an answer gets 503; the sockets are closed.
    void stop();
    // Of new connections, and of the next request of old ones as far as tokens go.
    void use(std::shared_ptr<const WebhookCredentials> credentials);
    void durable(std::vector<BodyHash> bodies);
    std::string address() const { return address_; }
    WebhookCounts& counts() { return counts_; }

    // --- For sessions: the listener's thread ---
    const WebhookSourceConfig& config() const { return config_; }
    WebhookQueue& queue() { return queue_; }
    audit::EventListReader& reader() { return reader_; }
    const WebhookCredentials& credentials() const { return *credentials_; }
    bool is_stopping() const { return is_stopping_; }
    void entered(WebhookSession& session);
    void left(WebhookSession& session);
    void idle() { accept(); }  // a session has become one that may have to make room
    // durable() of the session is called once the body is.
    void wait_for(const BodyHash& body, std::weak_ptr<WebhookSession> session);
    void stop_waiting(const BodyHash& body);  // the session that waited has been answered or is gone

  private:
    using Waiting = std::vector<std::weak_ptr<WebhookSession>>;

    void accept();
    void make_room();
    void close();

    const WebhookSourceConfig& config_;
    WebhookQueue& queue_;
    std::shared_ptr<const WebhookCredentials> credentials_;
    std::string address_;
    WebhookCounts counts_;

    audit::EventListReader reader_;
    boost::asio::io_context context_{1};
    boost::asio::ip::tcp::acceptor acceptor_{context_};
    boost::asio::steady_timer retry_{context_};     // after an accept that failed
    boost::asio::steady_timer farewell_{context_};  // at the stop
    std::set<WebhookSession*> sessions_;
    boost::unordered_flat_map<BodyHash, Waiting, BodyHasher> waiting_;
    bool is_accepting_ = false, is_stopping_ = false;
    std::thread thread_;
};

}  // namespace redshank
