// Poller: when to enumerate which server.
//
// After each enumeration a server is polled again when its next session could become eligible (the wish, set by the
// loop), but not before `shortest` and not after `longest`. A server that fails backs off alone, doubling from
// `shortest` up to `longest`. At most `parallel` enumerations are under way; each is answered by its deadline, so a
// black hole costs one place for that long. First polls are spread a little over the servers, without chance, and with
// them all later ones.
//
// A server that shows no session at all, although the enumeration before showed some, is asked once more before that is
// reported: to miss one answer must not make everybody new.
//
// Samba starts its srvsvc on demand and ends it after 60 s without a connection: polling at about that interval would
// meet it as it exits. Backends therefore keep their connections open between polls (the SMB worker does).
//
// Threads: the event loop only.

#ifndef IDLEWARDEN_AGENT_POLLER_POLLER_H_
#define IDLEWARDEN_AGENT_POLLER_POLLER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/clock/event_loop.h"
#include "agent/clock/steady_time.h"
#include "agent/servers/server_calls.h"
#include "agent/servers/session_server.h"

namespace idlewarden::agent {

struct PollerOptions {
  absl::Duration shortest = absl::Seconds(30);
  absl::Duration longest = absl::Minutes(5);
  absl::Duration timeout = absl::Seconds(10);
  int parallel = 64;
};

// One enumeration that ended.
struct PollResult {
  std::string server;
  SteadyTime began;  // steady
  absl::Duration duration;
  absl::StatusOr<Enumeration> enumeration;
};

class Poller {
 public:
  using Done = std::function<void(PollResult)>;

  // `done` is called on the loop after each enumeration; it may call the methods below.
  Poller(EventLoop& loop, const PollerOptions& options, Done done);
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // The server's first poll is due at once, a little later for each server added before it at the same time.
  // `server` must stay until Remove.
  void Add(SessionServer& server);
  // Nothing is reported of the server any more.
  void Remove(absl::string_view name);

  // How long after the latest enumeration of the server the next is wanted; InfiniteDuration if nothing waits for it.
  // Counts until the next wish. No effect on a server that backs off.
  void SetDesiredPollTime(absl::string_view name, absl::Duration wish);

  // Polls nothing more; what is under way is no longer reported.
  void Stop();

  // True while each server has been tried since it was added, successfully or not. A view without
  // some servers could hide that a plan breaks the limits.
  bool first_round_done() const { return first_round_done_; }
  size_t polls_under_way() const { return healthy_.under_way + failing_.under_way; }
  // For tests and status: when the server is polled next, steady; InfiniteFuture while it is being polled or if absent.
  SteadyTime NextPoll(absl::string_view name) const;

 private:
  struct Entry {
    SessionServer* server = nullptr;
    uint64_t number = 0;  // tells answers for a removed server from those for its successor of the same name
    SteadyTime due;
    SteadyTime latest;  // when its latest enumeration began
    absl::Duration wish = absl::ZeroDuration();
    int failures = 0;
    bool polling = false;
    bool tried = false;
    bool had_sessions = false;  // by its latest enumeration
    bool doubted = false;       // that it has none now: it is being asked once more
  };

  // Servers that answered last time, and those that did not: a site full of dead servers, each holding its place until
  // the deadline, must leave places for the living.
  struct Group {
    std::set<std::pair<SteadyTime, std::string>> due;  // those not being polled
    size_t under_way = 0;
    size_t places = 0;
  };

  Group& GroupOf(const Entry& entry) { return entry.failures > 0 ? failing_ : healthy_; }
  bool HasPlace(const Group& group) const;
  absl::Duration IntervalOf(const Entry& entry) const;
  void Schedule(const std::string& name, Entry& entry, SteadyTime due);
  void Pump();
  void PumpGroup(Group& group);
  void Poll(const std::string& name, Entry& entry);
  void Ask(const std::string& name, Entry& entry);
  bool Doubts(const Entry& entry, const absl::StatusOr<Enumeration>& enumeration) const;
  void AskOnceMore(const std::string& name, Entry& entry);
  void OnAnswer(const std::string& name, uint64_t number, absl::StatusOr<Enumeration> enumeration);
  void CheckFirstRound();

  EventLoop& loop_;
  PollerOptions options_;
  Done done_;
  ServerCalls calls_;
  std::map<std::string, Entry, std::less<>> servers_;
  Group healthy_;
  Group failing_;
  size_t untried_ = 0;
  bool first_round_done_ = false;
  bool stopped_ = false;
  uint64_t next_number_ = 1;
  SteadyTime next_first_poll_ = SteadyTime::InfinitePast();
  EventLoop::TimerId timer_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // tells posted tasks that it still exists
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_POLLER_POLLER_H_
