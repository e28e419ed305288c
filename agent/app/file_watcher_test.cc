#include "agent/app/file_watcher.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "agent/clock/simulated_event_loop.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

class FileWatcherTest : public ::testing::Test {
 protected:
  FileWatcherTest() {
    std::remove(path_.c_str());
    std::remove(other_.c_str());
    Write(path_, "one");
  }

  static void Write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

  void Watch() {
    watcher_ = std::make_unique<FileWatcher>(
        loop_, absl::Seconds(1),
        [this] {
          return std::vector<std::string>{path_, other_};
        },
        [this] {
          ++changes_;
          if (on_change_) std::exchange(on_change_, nullptr)();
        });
  }

  const std::string path_ = std::string(std::getenv("TEST_TMPDIR")) + "/watched.yaml";
  const std::string other_ = std::string(std::getenv("TEST_TMPDIR")) + "/other.txt";
  SimulatedEventLoop loop_;
  std::unique_ptr<FileWatcher> watcher_;
  int changes_ = 0;
  std::function<void()> on_change_;  // called once
};

TEST_F(FileWatcherTest, WhatIsThereFromTheStartIsNoChange) {
  Watch();
  loop_.AdvanceBy(absl::Minutes(1));
  EXPECT_EQ(changes_, 0);
}

TEST_F(FileWatcherTest, AChangeIsToldOnceItHasStoodForAnInterval) {
  Watch();
  loop_.AdvanceBy(absl::Seconds(5));
  Write(path_, "one, two");
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_EQ(changes_, 0);  // may be in the middle of being written
  Write(path_, "one, two, three");
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_EQ(changes_, 0);
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_EQ(changes_, 1);
  loop_.AdvanceBy(absl::Minutes(1));
  EXPECT_EQ(changes_, 1);
}

TEST_F(FileWatcherTest, AReplacedFileOfEqualContentSizeIsAChange) {
  Watch();
  Write(other_ + ".new", "x");
  std::rename((other_ + ".new").c_str(), other_.c_str());  // made
  loop_.AdvanceBy(absl::Seconds(3));
  EXPECT_EQ(changes_, 1);
  Write(path_ + ".new", "eno");
  std::rename((path_ + ".new").c_str(), path_.c_str());
  loop_.AdvanceBy(absl::Seconds(3));
  EXPECT_EQ(changes_, 2);
  std::remove(other_.c_str());
  loop_.AdvanceBy(absl::Seconds(3));
  EXPECT_EQ(changes_, 3);
}

TEST_F(FileWatcherTest, AFileThatIsThereAgainAsItWasIsNoChange) {
  Watch();
  std::rename(path_.c_str(), (path_ + ".away").c_str());
  loop_.AdvanceBy(absl::Seconds(1));
  std::rename((path_ + ".away").c_str(), path_.c_str());
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_LE(changes_, 1);  // a rename may count as a change of the inode
}

TEST_F(FileWatcherTest, AChangeWhileOneIsToldIsToldAsWell) {
  Watch();
  on_change_ = [this] { Write(path_, "written right after it was read"); };
  Write(path_, "one, two");
  loop_.AdvanceBy(absl::Seconds(2));
  EXPECT_EQ(changes_, 1);
  loop_.AdvanceBy(absl::Seconds(2));
  EXPECT_EQ(changes_, 2);
  loop_.AdvanceBy(absl::Minutes(1));
  EXPECT_EQ(changes_, 2);
}

TEST_F(FileWatcherTest, NothingIsToldAfterItsEnd) {
  Watch();
  watcher_.reset();
  Write(path_, "changed");
  loop_.AdvanceBy(absl::Minutes(1));
  EXPECT_EQ(changes_, 0);
}

}  // namespace
}  // namespace idlewarden::agent
