// What CI systems read of JUnit's XML: its counts, and that it is XML at all whatever names files and tests have.

#include "tools/cli/test_report.h"

#include <gtest/gtest.h>
#include <tinyxml2.h>

#include <string>

namespace idlewarden::tools {
namespace {

policy::ScenarioResult Passed(const std::string& name) { return {.name = name, .line = 3, .failures = {}}; }

policy::ScenarioResult Failed(const std::string& name) {
  policy::ScenarioResult result = Passed(name);
  result.failures.push_back({.step = 0,
                             .line = 5,
                             .session = "fs01 pc bob",
                             .expected = "close",
                             .got = "keep (no-rule)",
                             .explanation = "line one\nline two\n"});
  return result;
}

TEST(JunitXmlTest, RootAndSuitesCountAlike) {
  const std::string xml = JunitXml({{"a.yaml", {}, {Passed("p"), Failed("f"), Failed("g")}},
                                    {"b.yaml", {"b.yaml:1:1: error [x] y"}, {}},
                                    {"c.yaml", {}, {Passed("q")}}});
  tinyxml2::XMLDocument document;
  ASSERT_EQ(document.Parse(xml.c_str()), tinyxml2::XML_SUCCESS) << xml;
  const tinyxml2::XMLElement* root = document.FirstChildElement("testsuites");
  ASSERT_NE(root, nullptr);
  EXPECT_EQ(root->IntAttribute("tests"), 5);
  EXPECT_EQ(root->IntAttribute("failures"), 2);
  EXPECT_EQ(root->IntAttribute("errors", -1), 1);
  int tests = 0, failures = 0, errors = 0;
  for (const auto* suite = root->FirstChildElement(); suite != nullptr; suite = suite->NextSiblingElement()) {
    tests += suite->IntAttribute("tests");
    failures += suite->IntAttribute("failures");
    errors += suite->IntAttribute("errors");
  }
  EXPECT_EQ(tests, 5);
  EXPECT_EQ(failures, 2);
  EXPECT_EQ(errors, 1);
}

// XML 1.0 has no control characters, not even escaped ones.
TEST(JunitXmlTest, NamesCannotBreakTheXml) {
  const std::string name = "a\x01\033[2J\"<&\xff\n.yaml";
  const std::string xml = JunitXml({{name, {}, {Failed(name)}}, {name, {"cannot open " + name}, {}}});
  for (const char c : xml) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n') << static_cast<int>(c);
  EXPECT_EQ(xml.find('\xff'), std::string::npos);
  EXPECT_EQ(xml.find("&#x"), std::string::npos) << xml;
  tinyxml2::XMLDocument document;
  ASSERT_EQ(document.Parse(xml.c_str()), tinyxml2::XML_SUCCESS) << xml;
  const auto* suite = document.FirstChildElement("testsuites")->FirstChildElement();
  const std::string shown = "a\\u0001\\u001b[2J\"<&\\xff\\n.yaml";
  EXPECT_EQ(suite->Attribute("name"), shown);
  EXPECT_EQ(suite->FirstChildElement()->Attribute("file"), shown);
  EXPECT_EQ(suite->FirstChildElement()->Attribute("classname"), shown);
}

}  // namespace
}  // namespace idlewarden::tools
