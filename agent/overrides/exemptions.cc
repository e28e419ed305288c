#include "agent/overrides/exemptions.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "agent/log/log.h"
#include "policy/compiler/compile.h"
#include "policy/compiler/host_names.h"
#include "policy/evaluator/table_evaluator.h"

namespace idlewarden::agent {
namespace {

constexpr size_t kMost = 10'000;
constexpr size_t kMostEntries = 1'000;  // of one exemption

// As a protection of a policy file.
std::string ProtectionText(const Exemption& exemption) {
  std::string text = absl::StrCat("  - name: e", exemption.id, "\n    when:\n");
  const auto add = [&text](absl::string_view condition, const std::vector<std::string>& entries) {
    if (entries.empty()) return;
    absl::StrAppend(&text, "      ", condition, ":");
    for (const std::string& entry : entries) {
      absl::StrAppend(&text, "\n        - \"", absl::StrReplaceAll(entry, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
    }
    text += "\n";
  };
  add("users", exemption.users);
  add("clients", exemption.clients);
  add("servers", exemption.servers);
  return text;
}

policy::CompileResult Compile(const std::vector<Exemption>& exemptions) {
  std::string text = "version: 1\nprotect:\n";
  for (const Exemption& exemption : exemptions) text += ProtectionText(exemption);
  return policy::CompilePolicy({.file_name = "exemption", .text = std::move(text), .read_list_file = nullptr});
}

absl::Status CheckEntries(const Exemption& exemption) {
  size_t count = 0;
  for (const auto* entries : {&exemption.users, &exemption.clients, &exemption.servers}) {
    count += entries->size();
    for (const std::string& entry : *entries) {
      const bool control =
          std::any_of(entry.begin(), entry.end(), [](unsigned char c) { return absl::ascii_iscntrl(c); });
      if (entry.empty() || control) return absl::InvalidArgumentError("an entry is empty or has control characters");
    }
  }
  if (exemption.users.empty() && exemption.clients.empty()) {
    return absl::InvalidArgumentError("an exemption names users or clients: it would cover everybody");
  }
  if (count > kMostEntries) return absl::InvalidArgumentError(absl::StrCat("more than ", kMostEntries, " entries"));
  const policy::CompileResult compiled = Compile({exemption});
  if (compiled.policy != nullptr) return absl::OkStatus();
  for (const policy::Diagnostic& diagnostic : compiled.diagnostics) {
    if (diagnostic.severity == policy::Severity::kError) return absl::InvalidArgumentError(diagnostic.message);
  }
  return absl::InvalidArgumentError("an entry is not valid");
}

}  // namespace

absl::Status Exemptions::Restore(absl::Time now) {
  absl::StatusOr<std::vector<Exemption>> known = ReadExemptions(ledger_.database());
  if (!known.ok()) return known.status();
  Set(*std::move(known));
  Expire(now);
  return absl::OkStatus();
}

absl::StatusOr<Exemption> Exemptions::Add(Exemption exemption, absl::Time now) {
  if (absl::Status status = CheckNote({.by = exemption.by, .reason = exemption.reason}); !status.ok()) return status;
  if (absl::Status status = CheckTexts({.reason = exemption.ticket}); !status.ok()) return status;
  if (absl::Status status = CheckEntries(exemption); !status.ok()) return status;
  if (exemption.expires <= now) return absl::InvalidArgumentError("an exemption ends at a time in the future");
  if (list_->size() >= kMost) return absl::ResourceExhaustedError(absl::StrCat("there are ", kMost, " exemptions"));
  exemption.created = now;
  absl::StatusOr<int64_t> id = WriteExemption(ledger_.database(), agent_name_, exemption);
  if (!id.ok()) {
    return absl::Status(id.status().code(), absl::StrCat("the exemption could not be recorded, so it is not in force: ",
                                                         id.status().message()));
  }
  exemption.id = *id;
  std::vector<Exemption> more = *list_;
  more.push_back(exemption);
  Set(std::move(more));
  Log(LogLevel::kInfo, "exemption-added",
      {{"id", exemption.id},
       {"scope", ExemptionScope(exemption)},
       {"until", exemption.expires},
       {"by", exemption.by},
       {"reason", exemption.reason},
       {"ticket", exemption.ticket}});
  return exemption;
}

absl::StatusOr<Exemption> Exemptions::Remove(int64_t id, const OperatorNote& note, absl::Time now) {
  if (absl::Status status = CheckNote(note); !status.ok()) return status;
  const auto found = std::find_if(list_->begin(), list_->end(), [id](const Exemption& e) { return e.id == id; });
  if (found == list_->end()) return absl::NotFoundError(absl::StrCat("there is no exemption ", id));
  Exemption removed = *found;
  absl::Status ended = EndExemption(ledger_.database(), agent_name_, removed,
                                    {.at = now, .outcome = "exemption-removed", .by = note.by, .reason = note.reason});
  if (!ended.ok()) return ended;
  std::vector<Exemption> rest = *list_;
  std::erase_if(rest, [id](const Exemption& e) { return e.id == id; });
  Set(std::move(rest));
  Log(LogLevel::kInfo, "exemption-removed", {{"id", id}, {"by", note.by}, {"reason", note.reason}});
  return removed;
}

bool Exemptions::Expire(absl::Time now) {
  if (NextExpiry() > now) return false;
  std::vector<Exemption> rest;
  for (const Exemption& exemption : *list_) {
    if (exemption.expires > now) {
      rest.push_back(exemption);
      continue;
    }
    // If this cannot be written, the next start finds it expired and writes it then.
    const absl::Status ended = EndExemption(ledger_.database(), agent_name_, exemption,
                                            {.at = now, .outcome = "exemption-expired", .by = "", .reason = ""});
    Log(LogLevel::kInfo, "exemption-expired",
        {{"id", exemption.id}, {"scope", ExemptionScope(exemption)}, {"recorded", ended}});
  }
  Set(std::move(rest));
  return true;
}

absl::Time Exemptions::NextExpiry() const {
  absl::Time next = absl::InfiniteFuture();
  for (const Exemption& exemption : *list_) next = std::min(next, exemption.expires);
  return next;
}

std::vector<bool> Exemptions::Covered(const policy::ServerView& server, absl::Time at) const {
  if (list_->empty()) return std::vector<bool>(server.size(), false);
  if (policy_ == nullptr) return std::vector<bool>(server.size(), true);
  std::vector<bool> covered;
  covered.reserve(server.size());
  for (const policy::RowMatch& match : policy::TableEvaluator(*policy_, server, at).Evaluate(server)) {
    covered.push_back(match.protection >= 0);
  }
  return covered;
}

std::set<std::string> Exemptions::HostNames() const {
  return policy_ == nullptr ? std::set<std::string>() : policy::HostNamesOf(*policy_);
}

void Exemptions::Set(std::vector<Exemption> exemptions) {
  policy_ = exemptions.empty() ? nullptr : Compile(exemptions).policy;
  // Each compiled when it was added, but a later version may read one otherwise: then all sessions are covered.
  if (policy_ == nullptr && !exemptions.empty()) {
    Log(LogLevel::kError, "exemptions-not-understood", {{"effect", "all sessions are exempt"}});
  }
  list_ = std::make_shared<const std::vector<Exemption>>(std::move(exemptions));
  ++version_;
}

}  // namespace idlewarden::agent
