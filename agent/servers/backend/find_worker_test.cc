#include "agent/servers/backend/find_worker.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

class FindWorkerTest : public testing::Test {
 protected:
  FindWorkerTest() {
    std::string made = testing::TempDir() + "/find.XXXXXX";
    char resolved[4096];
    root_ = realpath(mkdtemp(made.data()), resolved);
    setenv("PATH", "/nonexistent", 1);
  }
  std::string Folder(const std::string& path) {
    std::string folder = root_;
    size_t from = 0;
    while (from < path.size()) {
      const size_t slash = std::min(path.find('/', from), path.size());
      folder += "/" + path.substr(from, slash - from);
      mkdir(folder.c_str(), 0755);
      from = slash + 1;
    }
    return folder;
  }
  std::string Program(const std::string& folder, const std::string& name, mode_t mode = 0755) {
    const std::string path = Folder(folder) + "/" + name;
    std::ofstream(path) << "#!/bin/sh\n";
    chmod(path.c_str(), mode);
    return path;
  }

  std::string root_;
};

constexpr char kWorker[] = "idlewarden-smb-worker";

TEST_F(FindWorkerTest, TheOverrideCountsAlone) {
  const std::string agent = Program("bin", "idlewardend");
  Program("bin", kWorker);
  const std::string other = Program("other", "my-worker");
  EXPECT_EQ(*FindWorkerBinary(agent, other), other);
  EXPECT_EQ(FindWorkerBinary(agent, root_ + "/absent").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(FindWorkerTest, BesideTheProgram) {
  const std::string agent = Program("bin", "idlewardend");
  const std::string worker = Program("bin", kWorker);
  EXPECT_EQ(*FindWorkerBinary(agent, ""), worker);
}

TEST_F(FindWorkerTest, InABazelTree) {
  const std::string worker = Program("bazel-bin/agent/smb_worker", kWorker);
  EXPECT_EQ(*FindWorkerBinary(Program("bazel-bin/agent", "idlewardend"), ""), worker);
  EXPECT_EQ(*FindWorkerBinary(Program("bazel-bin/tools", "idlewarden"), ""), worker);
  EXPECT_EQ(*FindWorkerBinary(Program("bazel-bin/tests/e2e", "some_test"), ""), worker);
}

TEST_F(FindWorkerTest, ThroughALinkToTheProgram) {
  const std::string worker = Program("real/bin", kWorker);
  const std::string agent = Program("real/bin", "idlewardend");
  const std::string link = Folder("links") + "/idlewardend";
  ASSERT_EQ(symlink(agent.c_str(), link.c_str()), 0);
  EXPECT_EQ(*FindWorkerBinary(link, ""), worker);
}

TEST_F(FindWorkerTest, InThePath) {
  const std::string worker = Program("usr/bin", kWorker);
  setenv("PATH", absl::StrCat("/nonexistent:", root_, "/usr/bin").c_str(), 1);
  EXPECT_EQ(*FindWorkerBinary(Program("opt", "idlewardend"), ""), worker);
}

TEST_F(FindWorkerTest, NeitherFoldersNorPlainFilesCount) {
  Folder(std::string("bin/") + kWorker);
  Program("bin/agent/smb_worker", kWorker, 0644);
  const absl::Status status = FindWorkerBinary(Program("bin", "idlewardend"), "").status();
  // root may execute nothing without an x bit either
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_NE(status.message().find("PATH"), absl::string_view::npos);
}

}  // namespace
}  // namespace idlewarden::agent
