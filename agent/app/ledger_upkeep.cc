#include "agent/app/ledger_upkeep.h"

#include <cstdint>
#include <utility>

#include "agent/log/log.h"

namespace idlewarden::agent {
namespace {

constexpr absl::Duration kLook = absl::Seconds(1);
// A probe waits for the disk, so while all is well it comes less often. What else writes tells sooner.
constexpr absl::Duration kProbe = absl::Seconds(5);
constexpr absl::Duration kPruning = absl::Hours(1);

}  // namespace

LedgerUpkeep::LedgerUpkeep(EventLoop& loop, Ledger& ledger, LedgerJournal& journal, LedgerUpkeepOptions options,
                           Changed changed)
    : loop_(loop), ledger_(ledger), journal_(journal), options_(std::move(options)), changed_(std::move(changed)) {
  if (!options_.json_lines.empty()) sink_.emplace(ledger_.database(), options_.json_lines);
  Look();
}

LedgerUpkeep::~LedgerUpkeep() { loop_.CancelTimer(timer_); }

void LedgerUpkeep::Look() {
  timer_ = loop_.RunAt(loop_.SteadyNow() + kLook, [this] { Look(); });
  const absl::Status writable = Probe();
  if (!writable_.has_value() || *writable_ != writable) {
    writable_ = writable;
    changed_(writable);
  }
  if (!writable.ok()) return;
  Flush();
  Prune();
}

absl::Status LedgerUpkeep::Probe() {
  const bool well = writable_.has_value() && writable_->ok() && journal_.state().ok();
  if (well && loop_.SteadyNow() < next_probe_) return absl::OkStatus();
  next_probe_ = loop_.SteadyNow() + kProbe;
  if (absl::Status status = ledger_.Probe(loop_.Now()); !status.ok()) return status;
  return journal_.Recover();
}

void LedgerUpkeep::Flush() {
  if (!sink_.has_value()) return;
  absl::Status written = sink_->Write();
  if (written.ok() != lines_written_.ok()) {
    Log(written.ok() ? LogLevel::kInfo : LogLevel::kError,
        written.ok() ? "audit-lines-written" : "audit-lines-not-written",
        {{"target", options_.json_lines}, {"error", written}});
  }
  lines_written_ = std::move(written);
}

void LedgerUpkeep::Prune() {
  if (loop_.SteadyNow() < next_pruning_) return;
  next_pruning_ = loop_.SteadyNow() + kPruning;
  absl::StatusOr<int64_t> removed = ledger_.Prune(loop_.Now() - options_.retention);
  if (!removed.ok()) {
    Log(LogLevel::kWarning, "ledger-not-pruned", {{"error", removed.status()}});
  } else if (*removed > 0) {
    Log(LogLevel::kInfo, "ledger-pruned", {{"audit_records", *removed}});
  }
}

}  // namespace idlewarden::agent
