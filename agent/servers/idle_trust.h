// IdleTrust: how far a server's idle times can be believed, judged over its enumerations.
//
// Samba reports idle 0 for every session, level 0 has no such field, and a server's clock may jump. An idle time that
// cannot be believed is made unknown, never zero, so that no rule closes a session because of it.
//
// The rules:
//  * what the settings of the server say, if they do;
//  * a level or kind of server that has no idle times: none;
//  * until an idle time above 0 that is not above the session's age was seen: none. All zero although sessions are old
//    is the mark of a server that does not report, also later if it lasts or shows on many sessions;
//  * a row whose idle time is above its age, is absurdly large, or has grown by more than the time that passed since
//    the last enumeration (which a server that merely reports cannot do) is implausible: its idle time becomes unknown,
//    and stays so until the value is again one that could have come about;
//  * many implausible rows at once: none for that enumeration.
//
// Threads: the event loop's.

#ifndef IDLEWARDEN_AGENT_SERVERS_IDLE_TRUST_H_
#define IDLEWARDEN_AGENT_SERVERS_IDLE_TRUST_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/clock/steady_time.h"
#include "agent/servers/session_server.h"

namespace idlewarden::agent {

enum class IdleTrust : uint8_t { kReported, kDerived, kNone };

// "reported", "derived", "none": metric labels, status.
absl::string_view IdleTrustName(IdleTrust trust);

struct IdleTrustOptions {
  // What the server's settings say instead of the judgement.
  std::optional<IdleTrust> fixed;
  // Seconds that pass on the server in a second of the agent's clock (simulated servers may run faster). 0: unknown,
  // idle times are not compared between enumerations (recordings).
  double speed = 1;
};

class IdleTrustJudge {
 public:
  explicit IdleTrustJudge(IdleTrustOptions options = {}) : options_(options) {}

  // Judges a complete enumeration that was answered at `at`, and clears the idle times that cannot be believed (all of
  // them if the result is kNone). Remembers about 8 bytes a session.
  IdleTrust Judge(Enumeration* enumeration, SteadyTime at);
  // The same for a filtered enumeration (the look before a close): judges the rows by what is remembered, and
  // remembers nothing.
  IdleTrust JudgePart(Enumeration* part, SteadyTime at) const;

  // The last result of Judge; kNone before the first.
  IdleTrust trust() const { return trust_; }
  // A sentence on why the trust is none, for log and status; empty otherwise.
  const std::string& explanation() const { return explanation_; }

 private:
  // The longest idle time that was believed of a pair's rows.
  struct Believed {
    uint32_t pair;  // hash of client and user
    uint32_t idle_seconds;
  };
  using Pairs = std::vector<uint32_t>;  // the hashes, by row

  // Seconds on the server since the last enumeration; negative if that cannot be known.
  int64_t PassedSeconds(SteadyTime at) const;
  const Believed* Find(uint32_t pair) const;
  bool Plausible(const policy::Session& session, uint32_t pair, int64_t passed_seconds) const;
  // Returns how many rows.
  size_t ClearImplausible(Enumeration* enumeration, const Pairs& pairs, int64_t passed_seconds) const;
  IdleTrust Decide(const Enumeration& enumeration, size_t implausible);
  void Remember(const Enumeration& enumeration, const Pairs& pairs, int64_t passed_seconds);

  const IdleTrustOptions options_;
  IdleTrust trust_ = IdleTrust::kNone;
  std::string explanation_ = "no enumeration yet";
  bool proven_ = false;
  int zeros_in_a_row_ = 0;  // enumerations with all zero on old sessions
  SteadyTime last_at_ = SteadyTime::InfinitePast();
  std::vector<Believed> believed_;  // by pair
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SERVERS_IDLE_TRUST_H_
