#include "agent/ledger/state_lock.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>

namespace idlewarden::agent {
namespace {

TEST(StateLockTest, OneAtATime) {
  const char* folder = std::getenv("TEST_TMPDIR");
  std::optional<absl::StatusOr<StateLock>> first = StateLock::Take(folder);
  ASSERT_TRUE(first->ok()) << first->status();
  EXPECT_EQ(StateLock::Take(folder).status().code(), absl::StatusCode::kAlreadyExists);
  first.reset();
  EXPECT_TRUE(StateLock::Take(folder).ok());
}

TEST(StateLockTest, AFolderThatIsNotThereIsSaid) {
  EXPECT_EQ(StateLock::Take("/nonexistent").status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace idlewarden::agent
