#include "agent/settings/file_content.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>

#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

class FileContentTest : public testing::Test {
 protected:
  FileContentTest() {
    std::string made = testing::TempDir() + "/content.XXXXXX";
    folder_ = mkdtemp(made.data());
  }
  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name) << text;
    return folder_ + "/" + name;
  }
  std::string folder_;
};

TEST_F(FileContentTest, ReadsUpToTheLimit) {
  const std::string path = Write("a", std::string(200'000, 'x'));
  EXPECT_EQ(ReadWholeFile(path)->size(), 200'000u);
  EXPECT_EQ(ReadWholeFile(path, 200'000)->size(), 200'000u);
  EXPECT_EQ(ReadWholeFile(path, 199'999).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(*ReadWholeFile(Write("empty", "")), "");
}

TEST_F(FileContentTest, WhatIsNoFileIsAnErrorAndNeverHangs) {
  EXPECT_EQ(ReadWholeFile(folder_ + "/absent").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadWholeFile(folder_).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadWholeFile("/dev/zero").status().code(), absl::StatusCode::kInvalidArgument);
  const std::string pipe = folder_ + "/pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(ReadWholeFile(pipe).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(FileContentTest, Paths) {
  EXPECT_EQ(FolderOf("/etc/idlewarden/agent.yaml"), "/etc/idlewarden");
  EXPECT_EQ(FolderOf("/agent.yaml"), "/");
  EXPECT_EQ(FolderOf("agent.yaml"), ".");
  EXPECT_EQ(ResolvePath("a/b", "/etc"), "/etc/a/b");
  EXPECT_EQ(ResolvePath("a", "/"), "/a");
  EXPECT_EQ(ResolvePath("/a", "/etc"), "/a");
  EXPECT_EQ(ResolvePath("a", ""), "a");
}

TEST_F(FileContentTest, PatternsGiveSortedFiles) {
  const std::string b = Write("b.yaml", "");
  const std::string a = Write("a.yaml", "");
  Write("c.txt", "");
  EXPECT_EQ(ExpandPattern(folder_ + "/*.yaml"), (std::vector<std::string>{a, b}));
  EXPECT_TRUE(ExpandPattern(folder_ + "/*.json").empty());
}

TEST_F(FileContentTest, FingerprintChangesWithEveryKindOfChange) {
  const std::string link = folder_ + "/link.yaml";
  const std::vector<std::string> watched = {folder_ + "/a.yaml", folder_ + "/*.d.yaml", link};
  std::set<std::string> seen;
  const auto changed = [&](const char* what) {
    EXPECT_TRUE(seen.insert(Fingerprint(watched)).second) << what;
    EXPECT_EQ(Fingerprint(watched), Fingerprint(watched));
  };
  changed("nothing there");
  Write("a.yaml", "1");
  changed("made");
  Write("a.yaml", "22");
  changed("longer");
  rename(Write("new", "33").c_str(), (folder_ + "/a.yaml").c_str());
  changed("replaced by one of the same length");
  Write("x.d.yaml", "");
  changed("a further file of the pattern");
  ASSERT_EQ(symlink((folder_ + "/a.yaml").c_str(), link.c_str()), 0);
  changed("a link");
  unlink(link.c_str());
  ASSERT_EQ(symlink((folder_ + "/x.d.yaml").c_str(), link.c_str()), 0);
  changed("the link swapped");
  unlink((folder_ + "/a.yaml").c_str());
  changed("removed");
}

}  // namespace
}  // namespace idlewarden::agent
