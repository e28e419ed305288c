#include "agent/overrides/ledger_backlog.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "agent/log/log.h"

namespace idlewarden::agent {
namespace {

constexpr absl::Duration kRetry = absl::Seconds(1);

}  // namespace

absl::Status LedgerBacklog::Write(Act act) {
  absl::Status status = WriteWaiting();
  if (status.ok()) status = act.write();
  if (status.ok()) return status;
  if (waiting_.size() >= kMost) {
    return absl::ResourceExhaustedError(
        absl::StrCat(kMost, " acts wait for the ledger, so this one is lost: ", status.message()));
  }
  waiting_.push_back(std::move(act));
  RetryLater();
  return status;
}

absl::Status LedgerBacklog::WriteWaiting() {
  while (!waiting_.empty()) {
    if (absl::Status status = waiting_.front().write(); !status.ok()) return status;
    const Act act = std::move(waiting_.front());
    waiting_.pop_front();
    Log(LogLevel::kInfo, "ledger-backlog-written", {{"what", act.what}});
    if (act.written_late) act.written_late();
  }
  return absl::OkStatus();
}

void LedgerBacklog::RetryLater() {
  if (timer_ != 0) return;
  timer_ = loop_.RunAt(loop_.SteadyNow() + kRetry, [this] {
    timer_ = 0;
    if (!WriteWaiting().ok()) RetryLater();
  });
}

}  // namespace idlewarden::agent
