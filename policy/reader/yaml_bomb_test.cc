// Texts that are made to exhaust memory: what they take is measured of the process, so they have a test of their own.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <string>

#include "policy/reader/yaml_tree.h"

namespace idlewarden::policy {
namespace {

std::string Repeat(const std::string& text, size_t bytes) {
  std::string repeated;
  repeated.reserve(bytes + text.size());
  while (repeated.size() < bytes) repeated += text;
  return repeated;
}

// Of the process so far.
size_t PeakBytes() {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<size_t>(usage.ru_maxrss) << 10;
}

// A file of the greatest size that is read may take sixteen times its size. yaml-cpp alone takes 4 GB for brackets.
constexpr size_t kMost = 16 * YamlTree::kMaxBytes;

void ExpectRefused(const std::string& text, const std::string& what) {
  DiagnosticList diagnostics("f");
  const YamlTree tree(text, 0, diagnostics);
  EXPECT_TRUE(diagnostics.has_errors()) << what;
  EXPECT_FALSE(tree.whole()) << what;
  EXPECT_LT(PeakBytes(), kMost) << what;
}

TEST(YamlBombTest, SixteenMegabytesOfBrackets) { ExpectRefused(std::string(YamlTree::kMaxBytes, '['), "["); }

TEST(YamlBombTest, OtherUnits) {
  constexpr size_t kBytes = 4 << 20;
  for (const char* unit : {"{", "{a: ", "[\n", "[x,", "- ", "? ", "- - [", "&a ", "!a ", "*a ", "\"\" "}) {
    ExpectRefused(Repeat(unit, kBytes), unit);
  }
  for (const char* unit : {",", "\"\",", "[x],"}) ExpectRefused("[" + Repeat(unit, kBytes) + "]", unit);
}

// However large the file is, what its aliases come to is bounded.
TEST(YamlBombTest, AliasesOfALargeFile) {
  std::string text = "a0: &a0 [" + Repeat("x,", 2 * 1'000'000) + "]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1) + ", ";
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + Repeat(before, before.size() * 10) + "]\n";
  }
  ExpectRefused(text, "aliases");
}

}  // namespace
}  // namespace idlewarden::policy
