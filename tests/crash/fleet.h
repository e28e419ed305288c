// A fleet of servers that outlives the agent: it lies in memory that the test's process shares with the agents that it
// forks and kills, and notes in one order what the agents asked of it and what they said of themselves.
//
// Every pair has one session at a time. Some sit idle and are to be closed, some are always busy. Whoever is closed
// comes back after a while of his own, and leaves his desk again.
//
// Plain values of fixed size. A writer may be killed between any two instructions: each fact is one store, and an event
// counts once the number of events says so. One agent at a time.

#ifndef IDLEWARDEN_TESTS_CRASH_FLEET_H_
#define IDLEWARDEN_TESTS_CRASH_FLEET_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/executor/journal/close_record.h"
#include "policy/model/session.h"

namespace idlewarden::crash {

inline constexpr int kServers = 3;
inline constexpr int kPairsPerServer = 8;
inline constexpr int kPairs = kServers * kPairsPerServer;
inline constexpr int kNoPair = -1;

enum class Kind : uint8_t {
  kLook,     // an answer showed the pair
  kClose,    // NetSessionDel for the pair reached the server
  kIntent,   // the agent's journal has an intent
  kOutcome,  // the agent's journal has an outcome
};

// Without initial values: the memory of a million is not touched before they happen.
struct Event {
  Kind kind;
  int32_t run;  // the agents, numbered
  int32_t pair;
  int64_t at_us;
  bool found;              // kClose: the pair had a session
  agent::Outcome outcome;  // kOutcome
};

struct FleetSession {
  int32_t pair = kNoPair;
  int64_t began_us = 0;
  std::atomic<int64_t> ended_us{0};  // 0: it has not ended
};

class Fleet {
 public:
  // In shared memory, gone with the process. Every pair of an even number is idle for hours at `start`.
  static Fleet* Make(absl::Time start);
  static void Unmake(Fleet* fleet);

  // The sessions of a server at `now`, spelled as it spells them.
  std::vector<policy::Session> Sessions(int server, absl::Time now) const;
  // Ends the pair's session; its user will be back. False if there was none.
  bool End(int pair, absl::Time now);
  // How many sessions of the pair an agent has ended.
  int EndedOf(int pair) const;

  void Note(const Event& event);
  std::vector<Event> Events() const;

  static std::string ServerName(int server);
  // kNoPair if the names belong to no pair.
  static int PairOf(absl::string_view server, absl::string_view client, absl::string_view user);

 private:
  static constexpr size_t kMostSessions = 20'000;
  static constexpr size_t kMostEvents = 1'000'000;

  Fleet() = default;
  void Begin(int pair, absl::Time at);

  std::array<FleetSession, kMostSessions> sessions_;
  std::atomic<size_t> session_count_{0};
  std::array<Event, kMostEvents> events_;
  std::atomic<size_t> event_count_{0};
};

}  // namespace idlewarden::crash

#endif  // IDLEWARDEN_TESTS_CRASH_FLEET_H_
