#include "tools/cli/test_report.h"

#include <tinyxml2.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "policy/model/escape_for_display.h"

namespace idlewarden::tools {
namespace {

using policy::EscapeForDisplay;

// Three lines, and the reasons below them.
std::string FailureText(const std::string& file, const policy::ScenarioFailure& failure) {
  return absl::StrCat(EscapeForDisplay(file), ":", failure.line, ": step ", failure.step + 1, ", ",
                      EscapeForDisplay(failure.session), "\n    expected: ", EscapeForDisplay(failure.expected),
                      "\n    got:      ", failure.got, "\n", failure.explanation);
}

void AddFailure(tinyxml2::XMLPrinter& xml, const char* element, absl::string_view message, const std::string& text) {
  xml.OpenElement(element);
  xml.PushAttribute("message", std::string(message).c_str());
  xml.PushText(text.c_str());
  xml.CloseElement();
}

void AddCase(tinyxml2::XMLPrinter& xml, const std::string& file, const policy::ScenarioResult& result) {
  xml.OpenElement("testcase");
  const std::string shown = EscapeForDisplay(file);
  xml.PushAttribute("classname", shown.c_str());
  xml.PushAttribute("name", EscapeForDisplay(result.name).c_str());
  xml.PushAttribute("file", shown.c_str());
  xml.PushAttribute("line", result.line);
  for (const policy::ScenarioFailure& failure : result.failures) {
    AddFailure(xml, "failure", absl::StrCat("expected ", EscapeForDisplay(failure.expected), ", got ", failure.got),
               FailureText(file, failure));
  }
  xml.CloseElement();
}

// A file that could not be run is an error, not a failure of a test.
void AddCounts(tinyxml2::XMLPrinter& xml, const std::vector<FileResult>& files) {
  const TestCounts counts = Count(files);
  const auto errors = static_cast<size_t>(
      std::count_if(files.begin(), files.end(), [](const FileResult& file) { return !file.errors.empty(); }));
  xml.PushAttribute("tests", static_cast<unsigned>(counts.passed + counts.failed));
  xml.PushAttribute("failures", static_cast<unsigned>(counts.failed - errors));
  xml.PushAttribute("errors", static_cast<unsigned>(errors));
}

// Names are shown in printable form: XML has no control characters, not even escaped ones.
void AddSuite(tinyxml2::XMLPrinter& xml, const FileResult& file) {
  xml.OpenElement("testsuite");
  xml.PushAttribute("name", EscapeForDisplay(file.file).c_str());
  AddCounts(xml, {file});
  for (const policy::ScenarioResult& result : file.results) AddCase(xml, file.file, result);
  if (!file.errors.empty()) {
    std::string text;
    for (const std::string& error : file.errors) absl::StrAppend(&text, EscapeForDisplay(error), "\n");
    xml.OpenElement("testcase");
    xml.PushAttribute("classname", EscapeForDisplay(file.file).c_str());
    xml.PushAttribute("name", "can be run");
    AddFailure(xml, "error", "the tests could not be run", text);
    xml.CloseElement();
  }
  xml.CloseElement();
}

}  // namespace

TestCounts Count(const std::vector<FileResult>& files) {
  TestCounts counts;
  for (const FileResult& file : files) {
    if (!file.errors.empty()) ++counts.failed;
    for (const policy::ScenarioResult& result : file.results) ++(result.passed() ? counts.passed : counts.failed);
  }
  return counts;
}

void PrintText(const std::vector<FileResult>& files, Output& output) {
  for (const FileResult& file : files) {
    for (const std::string& error : file.errors) output.out << error << "\n";
    for (const policy::ScenarioResult& result : file.results) {
      if (result.passed()) continue;
      output.out << Styled("FAILED", Style::kRed, output.terminal) << " " << EscapeForDisplay(result.name) << "\n";
      for (const policy::ScenarioFailure& failure : result.failures) output.out << FailureText(file.file, failure);
    }
  }
  const TestCounts counts = Count(files);
  output.out << counts.passed << " passed, " << counts.failed << " failed\n";
}

std::string JunitXml(const std::vector<FileResult>& files) {
  tinyxml2::XMLPrinter xml;
  xml.PushHeader(false, true);
  xml.OpenElement("testsuites");
  AddCounts(xml, files);
  for (const FileResult& file : files) AddSuite(xml, file);
  xml.CloseElement();
  return xml.CStr();
}

}  // namespace idlewarden::tools
