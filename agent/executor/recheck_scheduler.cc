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

void RecheckScheduler::Recheck(SessionServer& server, const Request& request, Callback done) {
  std::shared_ptr<Server>& entry = servers_[server.name()];
  if (entry == nullptr) entry = std::make_shared<Server>();
  entry->server = &server;
  entry->waiting.push_back({request, std::move(done)});
  ScheduleBatch(entry, request.may_wait);
}

void RecheckScheduler::DistrustFilter(absl::string_view server) {
  const auto found = servers_.find(server);
  if (found != servers_.end()) found->second->filters = false;
}

void RecheckScheduler::Forget(absl::string_view server) {
  const auto found = servers_.find(server);
  if (found != servers_.end()) servers_.erase(found);
}

void RecheckScheduler::ScheduleBatch(const std::shared_ptr<Server>& server, absl::Duration wait) {
  const auto start = [this, weak = std::weak_ptr<Server>(server)] {
    if (const std::shared_ptr<Server> alive = weak.lock()) StartBatch(alive);
  };
  // Never within the call: requests that are made in the same turn of the loop share the batch.
  if (wait <= absl::ZeroDuration()) return loop_.Post(start);
  loop_.RunAt(loop_.SteadyNow() + wait, start);
}

void RecheckScheduler::StartBatch(const std::shared_ptr<Server>& server) {
  if (server->calls_in_flight > 0 || server->waiting.empty()) return;
  bool whole = !server->filters;
  std::map<std::string, std::vector<Pending>> by_client;
  for (Pending& pending : std::exchange(server->waiting, {})) {
    whole = whole || pending.request.whole;
    by_client[policy::CanonicalClient(pending.request.client)].push_back(std::move(pending));
  }
  if (!whole && by_client.size() < kManyClients) {
    server->calls_in_flight = by_client.size();
    for (auto& [client, requests] : by_client) Enumerate(server, /*whole=*/false, std::move(requests));
    return;
  }
  std::vector<Pending> all;
  for (auto& [client, requests] : by_client) std::move(requests.begin(), requests.end(), std::back_inserter(all));
  server->calls_in_flight = 1;
  Enumerate(server, /*whole=*/true, std::move(all));
}

void RecheckScheduler::Enumerate(const std::shared_ptr<Server>& server, bool whole, std::vector<Pending> requests) {
  const EnumerateRequest call{.client = whole ? "" : requests.front().request.client, .timeout = timeout_};
  calls_.Enumerate(*server->server, call,
                   [this, weak = std::weak_ptr<Server>(server), whole, asked_at = loop_.SteadyNow(),
                    requests = std::move(requests)](absl::StatusOr<Enumeration> enumeration) {
                     const std::shared_ptr<Server> alive = weak.lock();
                     if (alive == nullptr) return;
                     --alive->calls_in_flight;
                     const RecheckResult result{Shared(std::move(enumeration)), asked_at, whole};
                     for (const Pending& pending : requests) pending.done(result);
                     ScheduleBatch(alive, absl::ZeroDuration());
                   });
}

}  // namespace idlewarden::agent
