// What the executor's tests put around it: a journal that remembers, a redecider that does as it is told, and a server
// that notes when it was asked to close and may take its time over it, as Samba does.
//
// Threads: the simulated event loop's.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_TESTING_EXECUTOR_FAKES_H_
#define IDLEWARDEN_AGENT_EXECUTOR_TESTING_EXECUTOR_FAKES_H_

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/clock/event_loop.h"
#include "agent/executor/decision_source.h"
#include "agent/executor/journal/journal.h"
#include "agent/servers/session_server.h"
#include "agent/servers/simulated/simulated_server.h"

namespace idlewarden::agent {

class FakeJournal : public Journal {
 public:
  absl::StatusOr<int64_t> WriteIntent(const CloseIntent& intent) override;
  absl::Status WriteSent(int64_t intent_id, const CloseIntent& intent, SteadyTime looked_at) override;
  void WriteOutcome(const CloseOutcome& outcome) override { outcomes.push_back(outcome); }

  // The outcomes of a user's pairs, in order: "closed returned".
  std::string Of(absl::string_view user) const;

  absl::Status refusal;               // what WriteIntent answers unless OK
  absl::Status sent_refusal;          // what WriteSent answers unless OK
  std::function<void()> before_sent;  // what happens while WriteSent is under way
  std::vector<CloseIntent> intents;
  std::vector<int64_t> sent;  // ids of intents
  std::vector<CloseOutcome> outcomes;
};

// Closes whatever the latest look at the pair's client showed, but for `active` users.
class FakeDecisions : public DecisionSource, public SessionUpdates {
 public:
  void ApplyRecheck(absl::string_view server, absl::string_view client, const Enumeration& of_client) override;
  Verdict Reevaluate(absl::string_view server, absl::string_view client, absl::string_view user) override;
  std::string RequiredBy(absl::string_view rule) const override { return "idle at least 30m"; }

  std::set<std::string> active;
  std::map<std::string, std::string> rules;  // by user; "a-rule" for the others
  int looks = 0;

 private:
  std::map<std::pair<std::string, std::string>, std::vector<policy::Session>> seen_;
  policy::CloseScope seen_scope_ = policy::CloseScope::kPair;
};

// Forwards to a simulated server.
class NotingServer : public SessionServer {
 public:
  NotingServer(SimulatedServerOptions options, EventLoop& loop) : inner(std::move(options), &loop), loop_(loop) {}

  const std::string& name() const override { return inner.name(); }
  void Enumerate(const EnumerateRequest& request, EnumerateCallback done) override;
  void Close(const CloseRequest& request, CloseCallback done) override;
  bool CanCloseConnections() const override { return closes_connections; }

  struct Asked {
    SteadyTime at;
    std::string client;
    std::string user;
  };
  std::vector<Asked> asked;             // closes, as they came in
  std::vector<std::string> looked_for;  // the clients of enumerations, "" for all
  bool hides_what_is_filtered_for = false;
  bool closes_connections = false;
  absl::Duration close_takes_effect_in;    // answered at once, done later
  std::function<void()> before_enumerate;  // what happens to the server as it is looked at
  SimulatedServer inner;

 private:
  EventLoop& loop_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_TESTING_EXECUTOR_FAKES_H_
