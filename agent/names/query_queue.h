// QueryQueue: the questions that wait for DNS, asked in order of importance, at a bounded rate and only so many at a
// time, so that name servers never notice how many clients there are.
//
// Threads: the event loop only.

#ifndef IDLEWARDEN_AGENT_NAMES_QUERY_QUEUE_H_
#define IDLEWARDEN_AGENT_NAMES_QUERY_QUEUE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>

#include "absl/time/time.h"
#include "agent/clock/event_loop.h"
#include "agent/clock/lifetime.h"
#include "agent/clock/steady_time.h"
#include "agent/names/dns_client.h"

namespace idlewarden::agent {

class QueryQueue {
 public:
  // In this order, and each kind in the order asked. What has begun is ended. What was never answered goes before what
  // is asked again: that is known for a while yet, or failed and may again. Hosts, which answer exactly, go before
  // addresses.
  enum class Priority : uint8_t { kContinuation, kNewHost, kNewAddress, kHostAgain, kAddressAgain };

  struct Query {
    DnsQuestion question;
    // Asked when its turn has come; where it says no, the question is dropped and `done` never called.
    std::function<bool()> is_wanted;
    DnsClient::Done done;
  };

  // At most `per_second` questions begin in a second (a tenth more in the first one) and `in_flight` are open.
  QueryQueue(EventLoop& loop, DnsClient& dns, double per_second, size_t in_flight);
  ~QueryQueue();
  QueryQueue(const QueryQueue&) = delete;
  QueryQueue& operator=(const QueryQueue&) = delete;

  // Never calls `query.done` within the call.
  void Push(Priority priority, Query query);

  size_t waiting() const;
  size_t in_flight() const { return in_flight_; }

 private:
  void Work();
  // Asks the first question that is still wanted; false if none waits.
  bool AskNext();
  void SetTimer();

  EventLoop& loop_;
  DnsClient& dns_;
  const absl::Duration period_;  // between two questions
  const absl::Duration slack_;   // by which questions may come earlier than that, so that a timer serves several
  const size_t most_in_flight_;

  std::array<std::deque<Query>, 5> waiting_;  // by Priority
  size_t in_flight_ = 0;
  SteadyTime next_ = SteadyTime::InfinitePast();  // when the next question is due if all come evenly
  EventLoop::TimerId timer_ = 0;
  Lifetime lifetime_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_NAMES_QUERY_QUEUE_H_
