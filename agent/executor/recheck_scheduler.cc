#include "agent/executor/recheck_scheduler.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "policy/model/client_name.h"

namespace idlewarden::agent {

namespace {

// From so many clients on one enumeration of everything costs a server less than one for each of them.
constexpr size_t kManyClients = 3;

absl::StatusOr<std::shared_ptr<const Enumeration>> Shared(absl::StatusOr<Enumeration> enumeration) {
  if (!enumeration.ok()) return enumeration.status();
  return std::make_shared<const Enumeration>(*std::move(enumeration));
}

}  // namespace

void RecheckScheduler::Ask(SessionServer& server, const Request& wish, Answered answered) {
  std::shared_ptr<Server>& entry = servers_[server.name()];
  if (entry == nullptr) entry = std::make_shared<Server>();
  entry->server = &server;
  entry->waiting.push_back({wish, std::move(answered)});
  RequestRound(entry, wish.may_wait);
}

void RecheckScheduler::DistrustFilter(absl::string_view server) {
  const auto found = servers_.find(server);
  if (found != servers_.end()) found->second->filters = false;
}

void RecheckScheduler::Forget(absl::string_view server) {
  const auto found = servers_.find(server);
  if (found != servers_.end()) servers_.erase(found);
}

void RecheckScheduler::RequestRound(const std::shared_ptr<Server>& server, absl::Duration wait) {
  const auto begin = [this, weak = std::weak_ptr<Server>(server)] {
    if (const std::shared_ptr<Server> alive = weak.lock()) BeginRound(alive);
  };
  // Never within the call: whoever asks in the same turn of the loop shares the round.
  if (wait <= absl::ZeroDuration()) return loop_.Post(begin);
  loop_.RunAt(loop_.SteadyNow() + wait, begin);
}

void RecheckScheduler::BeginRound(const std::shared_ptr<Server>& server) {
  if (server->calls_under_way > 0 || server->waiting.empty()) return;
  bool whole = !server->filters;
  std::map<std::string, std::vector<Asked>> by_client;
  for (Asked& asked : std::exchange(server->waiting, {})) {
    whole = whole || asked.wish.whole;
    by_client[policy::CanonicalClient(asked.wish.client)].push_back(std::move(asked));
  }
  if (!whole && by_client.size() < kManyClients) {
    server->calls_under_way = by_client.size();
    for (auto& [client, asked] : by_client) Call(server, /*whole=*/false, std::move(asked));
    return;
  }
  std::vector<Asked> everybody;
  for (auto& [client, asked] : by_client) std::move(asked.begin(), asked.end(), std::back_inserter(everybody));
  server->calls_under_way = 1;
  Call(server, /*whole=*/true, std::move(everybody));
}

void RecheckScheduler::Call(const std::shared_ptr<Server>& server, bool whole, std::vector<Asked> asked) {
  const EnumerateRequest request{.client = whole ? "" : asked.front().wish.client, .timeout = timeout_};
  calls_.Enumerate(*server->server, request,
                   [this, weak = std::weak_ptr<Server>(server), whole, asked_at = loop_.SteadyNow(),
                    asked = std::move(asked)](absl::StatusOr<Enumeration> enumeration) {
                     const std::shared_ptr<Server> alive = weak.lock();
                     if (alive == nullptr) return;
                     --alive->calls_under_way;
                     const RecheckResult answer{Shared(std::move(enumeration)), asked_at, whole};
                     for (const Asked& one : asked) one.answered(answer);
                     RequestRound(alive, absl::ZeroDuration());
                   });
}

}  // namespace idlewarden::agent
