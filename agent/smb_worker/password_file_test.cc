// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/password_file.h"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::smb {
namespace {

using ::testing::HasSubstr;

std::string PathOf(const std::string& name) { return std::string(std::getenv("TEST_TMPDIR")) + "/" + name; }

std::string Written(const std::string& name, const std::string& text) {
  std::ofstream(PathOf(name), std::ios::binary) << text;
  return PathOf(name);
}

TEST(PasswordFileTest, IsTheFirstLineWithoutItsEnd) {
  EXPECT_EQ(*ReadPasswordFile(Written("plain", "secret")), "secret");
  EXPECT_EQ(*ReadPasswordFile(Written("unix", "se cret \nsecond\n")), "se cret ");
  EXPECT_EQ(*ReadPasswordFile(Written("windows", "secret\r\n")), "secret");
  EXPECT_EQ(*ReadPasswordFile(Written("empty", "")), "");
}

TEST(PasswordFileTest, WhatIsNoFileIsAnErrorAndKeepsNobodyWaiting) {
  const std::string fifo = PathOf("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  for (const std::string& path : {fifo, PathOf("missing"), std::string(std::getenv("TEST_TMPDIR"))}) {
    const auto password = ReadPasswordFile(path);
    ASSERT_FALSE(password.ok());
    EXPECT_THAT(std::string(password.status().message()), HasSubstr(path));
  }
}

}  // namespace
}  // namespace idlewarden::smb
