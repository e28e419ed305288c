// SimulatedServer: an SMB server in memory, for the demo, for tests and for the agent's benchmarks.
//
// It holds two kinds of sessions, all of which age with the event loop's clock times `speed`:
//  * a generated population: users log on, work, leave their desk, come back, log off, others come. Every value is
//    computed from the seed and the time, so that a server of 500 sessions costs a few hundred bytes and two servers
//    of one seed agree. What was closed stays away, but for some users who come back after a while.
//  * sessions that a test adds by hand, with exact values.
//
// Enumerations and closes can be spoiled by faults(), are delayed by `latency`, and are counted.
//
// Threads: as SessionServer, and all other methods from the event loop's thread too. Callbacks run on that thread:
// within the call if there is no latency, else from a timer.

#ifndef IDLEWARDEN_AGENT_SERVERS_SIMULATED_SIMULATED_SERVER_H_
#define IDLEWARDEN_AGENT_SERVERS_SIMULATED_SIMULATED_SERVER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/clock/event_loop.h"
#include "agent/clock/steady_time.h"
#include "agent/servers/session_server.h"
#include "agent/servers/simulated/fault_script.h"
#include "agent/servers/simulated/simulated_population.h"
#include "policy/model/session.h"

namespace idlewarden::agent {

struct SimulatedServerOptions {
  std::string name;
  int generated_sessions = 0;  // about as many are there at any time
  uint64_t seed = 1;
  double speed = 1;        // simulated seconds per second of the loop's clock
  absl::Duration latency;  // of each call
  // Answers level 1 only, with idle 0 for all, and a close ends all sessions of the client.
  bool samba_like = false;
};

class SimulatedServer final : public SessionServer {
 public:
  SimulatedServer(SimulatedServerOptions options, EventLoop* loop);
  // Calls still waiting are answered with Cancelled.
  ~SimulatedServer() override = default;

  const std::string& name() const override { return options_.name; }
  void Enumerate(const EnumerateRequest& request, EnumerateCallback done) override;
  // Error 2312 (NERR_ClientNameNotFound) if the pair is not there; on a Samba-like server 5, as Samba answers.
  void Close(const CloseRequest& request, CloseCallback done) override;

  FaultScript& faults() { return faults_; }

  // Sessions by hand. Idle and age are those of now, and grow; absent values stay absent.
  void AddSession(const policy::Session& session);
  void AddSession(absl::string_view client, absl::string_view user, int64_t idle_seconds, int64_t age_seconds,
                  int64_t open_files = 0);
  // Of the sessions added by hand, those of this pair: removes them, or makes them active now (idle 0), or gives them
  // open files. Returns how many.
  int RemoveSessions(absl::string_view client, absl::string_view user);
  int Touch(absl::string_view client, absl::string_view user);
  int SetOpenFiles(absl::string_view client, absl::string_view user, int64_t open_files);

  // What is there now, without a call.
  std::vector<policy::Session> Sessions() const;
  policy::CloseScope close_scope() const;

  // Pairs for which NetSessionDel reached the server, in order, also if nothing matched.
  const std::vector<CloseRequest>& closes() const { return closes_; }
  int enumerations() const { return enumerations_; }

 private:
  struct Manual {
    policy::Session session;
    SteadyTime added;    // loop time that its values are of
    SteadyTime touched;  // loop time that its idle time counts from
  };

  Enumeration Answer(const EnumerateRequest& request) const;
  absl::Status EndSessions(const CloseRequest& request);
  int64_t SimulatedSeconds(absl::Duration real) const;
  policy::Session At(const Manual& manual, SteadyTime now) const;
  // Whether a close of (client, user) ends this session on this server.
  bool Ends(const CloseRequest& request, const policy::Session& session) const;

  const SimulatedServerOptions options_;
  EventLoop* const loop_;
  const SteadyTime started_;
  SimulatedPopulation population_;
  std::vector<Manual> manual_;
  std::vector<CloseRequest> closes_;
  int enumerations_ = 0;
  // Last, so that calls that wait in them are answered before anything else goes.
  FaultScript latency_;
  FaultScript faults_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SERVERS_SIMULATED_SIMULATED_SERVER_H_
