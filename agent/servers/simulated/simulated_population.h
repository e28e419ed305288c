// The users of a simulated server: who is logged on at which simulated second, computed from a seed.
//
// The server has slots; each slot is a chain of sessions with short gaps between. User, client, habits and times of
// each session are hashes of (seed, slot, number in the chain), so nothing is stored but what was ended by a close: a
// fleet of 10,000 servers with 500 sessions each costs a few megabytes.
//
// Habits: some users are always busy, some come and go, some leave their desk for good after a few minutes.
//
// Threads: not synchronised.

#ifndef IDLEWARDEN_AGENT_SERVERS_SIMULATED_SIMULATED_POPULATION_H_
#define IDLEWARDEN_AGENT_SERVERS_SIMULATED_SIMULATED_POPULATION_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policy/model/session.h"

namespace idlewarden::agent {

class SimulatedPopulation {
 public:
  // About `sessions` sessions are there at any time. `seed` and `sessions` determine everything.
  SimulatedPopulation(uint64_t seed, int sessions);

  // Appends the sessions at simulated second `now` (0 is the moment the server was made; earlier lives are made up).
  void AppendSessions(int64_t now, std::vector<policy::Session>* sessions) const;

  // Ends the sessions that `matches` says at `now`; some of their users come back after a while. Returns how many.
  int End(int64_t now, const std::function<bool(const policy::Session&)>& matches);

 private:
  // One session of a slot: its number in the chain and its span of simulated time.
  struct Life {
    int64_t number;
    int64_t begin;
    int64_t end;
  };
  // A session that was ended by a close.
  struct Ended {
    int64_t life;
    int64_t back_at;  // when its user comes back; never: the end of time
  };

  uint64_t Hash(uint64_t slot, int64_t life, uint64_t what) const;
  Life LifeAt(uint64_t slot, int64_t now) const;
  std::optional<policy::Session> SessionAt(uint64_t slot, int64_t now) const;
  policy::Session Describe(uint64_t slot, const Life& life, int64_t now) const;
  std::string UserOf(uint64_t person) const;
  std::string ClientOf(uint64_t person, bool elsewhere) const;

  const uint64_t seed_;
  const uint64_t slots_;
  std::map<uint64_t, Ended> ended_;  // by slot
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SERVERS_SIMULATED_SIMULATED_POPULATION_H_
