#include "agent/executor/journal/ledger_journal.h"

#include <gtest/gtest.h>

#include <optional>

#include "agent/clock/simulated_event_loop.h"

namespace idlewarden::agent {
namespace {

CloseIntent Intent(absl::string_view user) {
  return {.server = "fs01",
          .client = "10.0.0.5",
          .user = std::string(user),
          .sessions = {{.client = "10.0.0.5", .user = std::string(user), .idle_seconds = 1900}},
          .rule = "kiosks",
          .required = "idle at least 15m",
          .plan_id = "p1",
          .policy_hash = "h1"};
}

class LedgerJournalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto ledger = Ledger::OpenInMemory();
    ASSERT_TRUE(ledger.ok()) << ledger.status();
    ledger_.emplace(*std::move(ledger));
    journal_.emplace(*ledger_, "ams-1", loop_);
  }
  CloseOutcome Done(int64_t id, absl::string_view user, Outcome outcome = Outcome::kClosed) {
    return {.intent_id = id, .at = loop_.SteadyNow(), .outcome = outcome, .intent = Intent(user)};
  }
  void SetWritable(bool writable) {
    ASSERT_TRUE(ledger_->database().Execute(writable ? "PRAGMA query_only = 0" : "PRAGMA query_only = 1").ok());
  }
  std::vector<std::string> Outcomes() {
    std::vector<std::string> outcomes;
    EXPECT_TRUE(ExportAudit(ledger_->database(), {}, [&](int64_t, const std::string& json) {
                  outcomes.push_back(ParseAuditRecord(json)->outcome);
                }).ok());
    return outcomes;
  }

  SimulatedEventLoop loop_;
  std::optional<Ledger> ledger_;
  std::optional<LedgerJournal> journal_;
};

TEST_F(LedgerJournalTest, WritesTheIntentBeforeAndTheOutcomeAfter) {
  auto id = journal_->WriteIntent(Intent("alice"));
  ASSERT_TRUE(id.ok()) << id.status();
  ASSERT_EQ(ledger_->OpenIntents()->size(), 1);
  const AuditRecord open = (*ledger_->OpenIntents())[0].record;
  EXPECT_EQ(open.agent, "ams-1");
  EXPECT_EQ(open.sessions[0].idle_seconds, 1900);
  journal_->WriteOutcome(Done(*id, "alice"));
  EXPECT_TRUE(ledger_->OpenIntents()->empty());
  EXPECT_EQ(Outcomes(), std::vector<std::string>{"closed"});
}

TEST_F(LedgerJournalTest, KeepsConnectionAndLowerBound) {
  CloseIntent intent = Intent("alice");
  intent.connection = "c1";
  intent.sessions[0].idle_bound = policy::IdleBound::kAtLeast;
  const auto id = journal_->WriteIntent(intent);
  ASSERT_TRUE(journal_->WriteSent(*id, intent, loop_.SteadyNow()).ok());
  ASSERT_TRUE(journal_->WriteIntent(Intent("bob")).ok());
  EXPECT_EQ((*ledger_->OpenIntents())[0].record.connection, "c1");
  LedgerJournal next_run(*ledger_, "ams-1", loop_);
  const auto open = next_run.TakeOpenIntents();
  ASSERT_TRUE(open.ok()) << open.status();
  ASSERT_EQ(open->size(), 1);
  EXPECT_EQ((*open)[0].intent.connection, "c1");
  EXPECT_EQ((*open)[0].intent.sessions[0].idle_bound, policy::IdleBound::kAtLeast);
}

TEST_F(LedgerJournalTest, WhatAnEarlierRunDidNotSendIsWithdrawn) {
  ASSERT_TRUE(journal_->WriteIntent(Intent("alice")).ok());
  LedgerJournal next_run(*ledger_, "ams-1", loop_);
  auto open = next_run.TakeOpenIntents();
  ASSERT_TRUE(open.ok()) << open.status();
  EXPECT_TRUE(open->empty());
  EXPECT_EQ(Outcomes(), std::vector<std::string>{"withdrawn"});
  EXPECT_TRUE(ledger_->OpenIntents()->empty());
}

TEST_F(LedgerJournalTest, WhatAnEarlierRunSentIsGivenAsItWasLookedAt) {
  auto id = journal_->WriteIntent(Intent("alice"));
  const SteadyTime rechecked_at = loop_.SteadyNow();
  loop_.AdvanceBy(absl::Seconds(2));
  CloseIntent looked = Intent("alice");
  looked.sessions[0].age_seconds = 7200;
  ASSERT_TRUE(journal_->WriteSent(*id, looked, rechecked_at).ok());
  LedgerJournal next_run(*ledger_, "ams-1", loop_);
  auto open = next_run.TakeOpenIntents();
  ASSERT_TRUE(open.ok()) << open.status();
  ASSERT_EQ(open->size(), 1);
  const UnresolvedClose& close = (*open)[0];
  EXPECT_EQ(close.intent_id, *id);
  EXPECT_EQ(close.rechecked_at, rechecked_at);
  EXPECT_EQ(close.sent_at, loop_.SteadyNow());
  EXPECT_EQ(close.intent.server, "fs01");
  EXPECT_EQ(close.intent.rule, "kiosks");
  ASSERT_EQ(close.intent.sessions.size(), 1);
  EXPECT_EQ(close.intent.sessions[0].client, "10.0.0.5");
  EXPECT_EQ(close.intent.sessions[0].age_seconds, 7200);
  EXPECT_TRUE(Outcomes().empty());
  next_run.WriteOutcome(Done(*id, "alice"));
  EXPECT_EQ(Outcomes(), std::vector<std::string>{"closed"});
}

TEST_F(LedgerJournalTest, WhatCannotBeMarkedAsSentMustNotBeSent) {
  auto id = journal_->WriteIntent(Intent("alice"));
  SetWritable(false);
  EXPECT_FALSE(journal_->WriteSent(*id, Intent("alice"), loop_.SteadyNow()).ok());
  EXPECT_FALSE(journal_->state().ok());
  SetWritable(true);
  EXPECT_TRUE(journal_->WriteSent(*id, Intent("alice"), loop_.SteadyNow()).ok());
}

TEST_F(LedgerJournalTest, AReturnFollowsItsOutcome) {
  auto id = journal_->WriteIntent(Intent("alice"));
  journal_->WriteOutcome(Done(*id, "alice"));
  journal_->WriteOutcome(Done(*id, "alice", Outcome::kReturned));
  EXPECT_EQ(Outcomes(), (std::vector<std::string>{"closed", "returned"}));
}

TEST_F(LedgerJournalTest, ARefusedIntentIsAnErrorAndRecovers) {
  SetWritable(false);
  EXPECT_FALSE(journal_->WriteIntent(Intent("alice")).ok());
  EXPECT_FALSE(journal_->state().ok());
  SetWritable(true);
  EXPECT_TRUE(journal_->WriteIntent(Intent("alice")).ok());
  EXPECT_TRUE(journal_->state().ok());
}

TEST_F(LedgerJournalTest, AnOutcomeThatCannotBeWrittenIsKeptAndComesFirst) {
  auto id = journal_->WriteIntent(Intent("alice"));
  SetWritable(false);
  journal_->WriteOutcome(Done(*id, "alice"));
  EXPECT_FALSE(journal_->WriteIntent(Intent("bob")).ok());
  EXPECT_TRUE(Outcomes().empty());
  SetWritable(true);
  ASSERT_TRUE(journal_->WriteIntent(Intent("bob")).ok());
  EXPECT_EQ(Outcomes(), std::vector<std::string>{"closed"});
}

}  // namespace
}  // namespace idlewarden::agent
