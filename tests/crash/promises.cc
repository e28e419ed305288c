#include "tests/crash/promises.h"

#include <algorithm>
#include <map>
#include <vector>

#include "agent/ledger/audit_chain.h"
#include "agent/ledger/audit_record.h"
#include "agent/ledger/ledger.h"
#include "gtest/gtest.h"

namespace idlewarden::crash {

namespace {

using Names = std::vector<std::string>;

// The audit trail's outcomes of each pair, in order.
std::map<int, Names> Trail(agent::Ledger& ledger) {
  std::map<int, Names> trail;
  const absl::Status read = agent::ExportAudit(ledger.database(), {}, [&](int64_t, const std::string& json) {
    const agent::AuditRecord record = *agent::ParseAuditRecord(json);
    if (record.outcome == "held" || record.outcome == "refused") return;  // there was no intent
    trail[Fleet::PairOf(record.server, record.client, record.user)].push_back(record.outcome);
  });
  EXPECT_TRUE(read.ok()) << read;
  return trail;
}

std::map<int, Names> Reported(const std::vector<Event>& events) {
  std::map<int, Names> reported;
  for (const Event& event : events) {
    if (event.kind == Kind::kOutcome) reported[event.pair].emplace_back(agent::OutcomeName(event.outcome));
  }
  return reported;
}

bool IsSubsequence(const Names& part, const Names& whole) {
  auto at = whole.begin();
  for (const std::string& name : part) {
    at = std::find(at, whole.end(), name);
    if (at++ == whole.end()) return false;
  }
  return true;
}

int64_t IntentsEver(agent::Ledger& ledger) {
  absl::StatusOr<agent::Statement> query =
      ledger.database().Prepare("SELECT seq FROM sqlite_sequence WHERE name = 'intent'");
  EXPECT_TRUE(query.ok() && *query->Step());
  return query->Integer(0);
}

void ExpectEachIntentHasOneOutcome(agent::Ledger& ledger, const std::map<int, Names>& trail) {
  EXPECT_TRUE(ledger.OpenIntents()->empty());
  int64_t outcomes = 0;
  for (const auto& [pair, names] : trail)
    outcomes += std::count_if(names.begin(), names.end(), [](const auto& name) { return name != "returned"; });
  EXPECT_EQ(outcomes, IntentsEver(ledger));
}

void ExpectEachCloseStandsOnALook(const std::vector<Event>& events) {
  std::map<int, const Event*> looks;  // by pair, since its last close
  for (const Event& event : events) {
    if (event.kind == Kind::kLook) looks[event.pair] = &event;
    if (event.kind != Kind::kClose) continue;
    ASSERT_TRUE(looks.contains(event.pair)) << "pair " << event.pair << " was closed without a look";
    const Event& look = *looks[event.pair];
    EXPECT_EQ(look.run, event.run) << "pair " << event.pair << ": the look was another agent's";
    EXPECT_LE(event.at_us - look.at_us, 5'000'000) << "pair " << event.pair;
    EXPECT_TRUE(event.found) << "pair " << event.pair << " had gone";
    looks.erase(event.pair);
  }
}

}  // namespace

void ExpectChainVerifies(const std::string& ledger_path) {
  absl::StatusOr<agent::Ledger> ledger = agent::Ledger::Open(ledger_path);
  ASSERT_TRUE(ledger.ok()) << ledger.status();
  const absl::StatusOr<int64_t> records = agent::VerifyAudit(ledger->database());
  EXPECT_TRUE(records.ok()) << records.status();
}

void ExpectPromisesKept(const Fleet& fleet, const std::string& ledger_path) {
  ExpectChainVerifies(ledger_path);
  absl::StatusOr<agent::Ledger> ledger = agent::Ledger::Open(ledger_path);
  ASSERT_TRUE(ledger.ok()) << ledger.status();
  std::map<int, Names> trail = Trail(*ledger);
  const std::vector<Event> events = fleet.Events();
  ExpectEachIntentHasOneOutcome(*ledger, trail);
  for (const auto& [pair, reported] : Reported(events)) {
    EXPECT_TRUE(IsSubsequence(reported, trail[pair])) << "pair " << pair << " has lost a reported outcome";
  }
  for (int pair = 0; pair < kPairs; ++pair) {
    EXPECT_EQ(std::count(trail[pair].begin(), trail[pair].end(), "closed"), fleet.EndedOf(pair)) << "pair " << pair;
  }
  ExpectEachCloseStandsOnALook(events);
}

}  // namespace idlewarden::crash
