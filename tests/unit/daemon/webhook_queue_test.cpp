#include "daemon/sources/webhook_queue.h"

#include <gmock/gmock.h>
#include <poll.h>

#include "tests/support/memory_state.h"

namespace redshank {
namespace {

using Offer = WebhookQueue::Offer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::unique_ptr<WebhookBody> body(const std::string& text) {
    auto out = std::make_unique<WebhookBody>();
    out->text = text;
    out->hash = hash_of(text);
    out->reserved = text.size();
    return out;
}

class WebhookQueueTest : public ::testing::Test {
  protected:
    Offer offer(WebhookQueue& queue, const std::string& text) {
        return queue.reserve(text.size()) ? queue.offer(body(text)) : Offer::Full;
    }
    std::vector<std::string> take(WebhookQueue& queue, size_t bytes = 1000) {
        std::vector<std::string> texts;
        for (const auto& one : queue.take(bytes)) texts.push_back(one->text);
        return texts;
    }
    std::vector<BodyHash> commit(WebhookQueue& queue) {
        queue.save(state_);
        return queue.committed();
    }
    test::MemoryState state_;
};

TEST_F(WebhookQueueTest, ABodyIsDurableOnceItsCommitIsDone) {
    WebhookQueue queue("api", 100);
    EXPECT_EQ(offer(queue, "a"), Offer::Waits);
    EXPECT_EQ(offer(queue, "a"), Offer::Waits);  // again, while the first one is on its way
    EXPECT_EQ(queue.repeated(), 1u);
    EXPECT_FALSE(queue.is_awaited());
    EXPECT_THAT(take(queue), ElementsAre("a"));
    EXPECT_TRUE(queue.is_awaited());
    EXPECT_EQ(offer(queue, "b"), Offer::Waits);  // comes too late for the commit
    queue.save(state_);
    EXPECT_FALSE(queue.is_awaited());
    EXPECT_EQ(offer(queue, "a"), Offer::Waits);  // saved is not durable
    EXPECT_THAT(queue.committed(), ElementsAre(hash_of("a")));
    EXPECT_EQ(offer(queue, "a"), Offer::Durable);
    EXPECT_THAT(take(queue), ElementsAre("b"));
    EXPECT_THAT(commit(queue), ElementsAre(hash_of("b")));
    EXPECT_THAT(commit(queue), IsEmpty());
}

TEST_F(WebhookQueueTest, BytesAreBoundedUntilTheyAreLetGo) {
    WebhookQueue queue("api", 10);
    EXPECT_TRUE(queue.reserve(6));  // being received
    EXPECT_EQ(offer(queue, "12345"), Offer::Full);
    EXPECT_EQ(offer(queue, "1234"), Offer::Waits);
    EXPECT_FALSE(queue.reserve(1));
    queue.release(6);
    EXPECT_EQ(queue.waiting_bytes(), 4u);
    EXPECT_THAT(take(queue), ElementsAre("1234"));
    EXPECT_EQ(queue.waiting_bytes(), 0u);
    EXPECT_FALSE(queue.reserve(7));  // still in hand
    EXPECT_THAT(take(queue), IsEmpty());
    EXPECT_TRUE(queue.reserve(10));
}

TEST_F(WebhookQueueTest, HandsOutAboutAsMuchAsIsAskedForAndAtLeastOne) {
    WebhookQueue queue("api", 100);
    for (const char* text : {"1234", "12345", "123456", "1"}) offer(queue, text);
    EXPECT_THAT(take(queue, 9), ElementsAre("1234", "12345"));
    EXPECT_THAT(take(queue, 3), ElementsAre("123456"));
    EXPECT_THAT(take(queue, 3), ElementsAre("1"));
}

TEST_F(WebhookQueueTest, WakesWhoReads) {
    WebhookQueue queue("api", 100);
    pollfd fd{queue.wake_fd(), POLLIN, 0};
    EXPECT_EQ(::poll(&fd, 1, 0), 0);
    offer(queue, "a");
    EXPECT_EQ(::poll(&fd, 1, 0), 1);
    take(queue);
    EXPECT_EQ(::poll(&fd, 1, 0), 0);
}

TEST_F(WebhookQueueTest, WhatIsDurableIsKnownAfterARestart) {
    {
        WebhookQueue queue("api", 100);
        offer(queue, "a");
        offer(queue, "b");
        take(queue);
        commit(queue);
        offer(queue, "c");  // killed before its commit
        take(queue);
    }
    WebhookQueue queue("api", 100), other("other", 100);
    queue.load(state_);
    other.load(state_);
    EXPECT_EQ(offer(queue, "a"), Offer::Durable);
    EXPECT_EQ(offer(queue, "b"), Offer::Durable);
    EXPECT_EQ(offer(queue, "c"), Offer::Waits);
    EXPECT_EQ(offer(other, "a"), Offer::Waits);
}

TEST_F(WebhookQueueTest, TheOldestKnownBodyGoesAlsoOverARestart) {
    const auto deliver = [&](WebhookQueue& queue, const std::string& text) {
        offer(queue, text);
        take(queue);
        commit(queue);
    };
    {
        WebhookQueue queue("api", 100, 3);
        for (const char* text : {"a", "b", "c", "d"}) deliver(queue, text);
        EXPECT_EQ(offer(queue, "b"), Offer::Durable);
        EXPECT_EQ(offer(queue, "a"), Offer::Waits);
    }
    EXPECT_EQ(state_.tables["webhook.bodies"].size(), 3u);
    WebhookQueue queue("api", 100, 3);
    queue.load(state_);
    deliver(queue, "e");
    for (const char* text : {"c", "d", "e"}) EXPECT_EQ(offer(queue, text), Offer::Durable) << text;
    EXPECT_EQ(offer(queue, "b"), Offer::Waits);
    EXPECT_EQ(state_.tables["webhook.bodies"].size(), 3u);
}

}  // namespace
}  // namespace redshank
