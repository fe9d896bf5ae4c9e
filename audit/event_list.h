// The body of a POST of the webhook backend: an audit.k8s.io EventList
// (https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#webhook-backend).
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace redshank::audit {

// Not thread-safe: one reader a thread. Holds buffers that grow to the longest body seen.
class EventListReader {
  public:
    // Of one body. An API server sends 400 at most, unless --audit-webhook-batch-max-size says more.
    static constexpr size_t kMostItems = 65'536;

    EventListReader();
    ~EventListReader();
    EventListReader(const EventListReader&) = delete;
    EventListReader& operator=(const EventListReader&) = delete;

    // The JSON of each item as views into `body`, which has kPadding readable bytes behind it. What stands in
    // an item is not looked at: EventParser says what is wrong with it. Null, or why it is no list: one
    // phrase.
    const char* read(std::string_view body, std::vector<std::string_view>& items);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace redshank::audit
