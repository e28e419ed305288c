#include "agent/settings/policy_file.h"

#include <cstdlib>
#include <fstream>
#include <string>

#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

TEST(PolicyFileTest, ListFilesAreReadBesideThePolicy) {
  std::string folder = testing::TempDir() + "/policy.XXXXXX";
  mkdtemp(folder.data());
  std::ofstream(folder + "/policy.yaml") << "version: 1\n";
  std::ofstream(folder + "/leavers.txt") << "bob\n";
  const auto source = ReadPolicyFile(folder + "/policy.yaml");
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ(source->file_name, folder + "/policy.yaml");
  EXPECT_EQ(source->text, "version: 1\n");
  EXPECT_EQ(*source->read_list_file("leavers.txt"), "bob\n");
  EXPECT_EQ(*source->read_list_file(folder + "/leavers.txt"), "bob\n");
  EXPECT_EQ(source->read_list_file("absent.txt").status().code(), absl::StatusCode::kNotFound);
}

TEST(PolicyFileTest, WhatCannotBeRead) {
  EXPECT_EQ(ReadPolicyFile("/nonexistent/policy.yaml").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadPolicyFile("/tmp").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace idlewarden::agent
