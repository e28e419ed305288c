#include "agent/executor/testing/executor_fakes.h"

#include "absl/strings/str_cat.h"
#include "policy/model/client_name.h"

namespace idlewarden::agent {

absl::StatusOr<int64_t> FakeJournal::WriteIntent(const CloseIntent& intent) {
  if (!refusal.ok()) return refusal;
  intents.push_back(intent);
  return static_cast<int64_t>(intents.size());
}

absl::Status FakeJournal::WriteSent(int64_t intent_id, const CloseIntent& intent, SteadyTime /*rechecked_at*/) {
  if (before_sent) before_sent();
  if (sent_refusal.ok()) sent.push_back(intent_id);
  return sent_refusal;
}

std::string FakeJournal::Of(absl::string_view user) const {
  std::string text;
  for (const CloseOutcome& outcome : outcomes) {
    if (outcome.intent.user != user) continue;
    absl::StrAppend(&text, text.empty() ? "" : " ", OutcomeName(outcome.outcome));
  }
  return text;
}

void FakeDecisions::ApplyRecheck(absl::string_view server, absl::string_view client, const Enumeration& of_client) {
  ++looks;
  seen_scope_ = of_client.close_scope;
  seen_[{std::string(server), std::string(client)}] = of_client.sessions;
}

Verdict FakeDecisions::Reevaluate(absl::string_view server, absl::string_view client, absl::string_view user) {
  Verdict verdict{.close = false,
                  .present = false,
                  .became_active = true,
                  .why = "its sessions have gone",
                  .rule = "a-rule",
                  .policy_hash = "hash-1"};
  for (const policy::Session& session : seen_[{std::string(server), std::string(client)}]) {
    if (policy::SameUser(session.user, user)) verdict.present = true;
  }
  if (!verdict.present) return verdict;
  if (const auto rule = rules.find(std::string(user)); rule != rules.end()) verdict.rule = rule->second;
  verdict.close = !active.contains(std::string(user));
  verdict.scope = seen_scope_;
  verdict.why = verdict.close ? "" : "now keep (no-rule)";
  return verdict;
}

void NotingServer::Enumerate(const EnumerateRequest& request, EnumerateCallback done) {
  if (before_enumerate) before_enumerate();
  looked_for.push_back(request.client);
  if (hides_what_is_filtered_for && !request.client.empty()) return done(Enumeration());
  inner.Enumerate(request, std::move(done));
}

void NotingServer::Close(const CloseRequest& request, CloseCallback done) {
  asked.push_back({loop_.SteadyNow(), request.client, request.user});
  if (close_takes_effect_in == absl::ZeroDuration()) return inner.Close(request, std::move(done));
  loop_.RunAt(loop_.SteadyNow() + close_takes_effect_in,
              [this, request] { inner.Close(request, [](absl::Status) {}); });
  done(absl::OkStatus());
}

}  // namespace idlewarden::agent
