#include "agent/app/loop_options.h"

#include <optional>

#include "agent/executor/limits/close_rate_limiter.h"
#include "agent/version/version.h"

namespace idlewarden::agent {
namespace {

CloseRates RatesOf(const ExecutorSettings& settings) {
  std::optional<CloseRate> per_rule;
  if (settings.per_rule.has_value()) per_rule = {settings.per_rule->closes_per_second, settings.per_rule->burst};
  return {.closes_per_second = settings.rate.closes_per_second,
          .burst = settings.rate.burst,
          .closes_per_second_per_server = settings.per_server.closes_per_second,
          .burst_per_server = settings.per_server.burst,
          .per_rule = per_rule};
}

}  // namespace

AgentLoopOptions LoopOptionsOf(const Settings& settings, uint64_t random_seed) {
  return {.name = settings.name,
          .version = kVersion,
          .observe_only = settings.mode == AgentMode::kObserve,
          .polling = {.shortest = settings.polling.shortest,
                      .longest = settings.polling.longest,
                      .timeout = settings.polling.timeout,
                      .parallel = settings.polling.parallel},
          .executor = {.rates = RatesOf(settings.executor),
                       .queue_time_to_live = settings.executor.queue_time_to_live,
                       .call_timeout = settings.polling.timeout,
                       .pair_backoff = {.first_backoff = settings.executor.return_backoff.first,
                                        .longest_backoff = settings.executor.return_backoff.longest},
                       .random_seed = random_seed},
          .self_demotion = {.enabled = settings.self_demotion.enabled,
                            .window = settings.self_demotion.window,
                            .share = settings.self_demotion.share,
                            .at_least = settings.self_demotion.at_least},
          .names = {.keep = settings.resolve_clients.keep,
                    .per_second = settings.resolve_clients.per_second,
                    .unnamed_has_no_names = settings.resolve_clients.unnamed_has_no_names}};
}

bool NeedsRestart(const Settings& before, const Settings& now) {
  return before.name != now.name || before.mode != now.mode || before.policy != now.policy ||
         before.state_dir != now.state_dir || before.smb_worker != now.smb_worker ||
         before.log_level != now.log_level || before.listen != now.listen || before.polling != now.polling ||
         before.executor != now.executor || before.self_demotion != now.self_demotion || before.audit != now.audit ||
         before.inhibitors != now.inhibitors || before.resolve_clients != now.resolve_clients;
}

}  // namespace idlewarden::agent
