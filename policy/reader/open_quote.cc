#include "policy/reader/open_quote.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <istream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "policy/reader/read_ahead.h"

namespace idlewarden::policy {
namespace {

// Begins with a blank, so that a backslash before it is no error.
constexpr absl::string_view kEnd = " the end of the file";

// Remembers where the scalar began that goes on to the end of the text.
class EndFinder : public YAML::EventHandler {
 public:
  explicit EndFinder(ReadAhead& input) : input_(input) {}

  const std::optional<YAML::Mark>& begin() const { return begin_; }

  void OnScalar(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string& value) override {
    input_.OnEvent();
    begin_.reset();
    if (absl::EndsWith(value, kEnd.substr(1))) begin_ = mark;
  }
  void OnDocumentStart(const YAML::Mark& /*mark*/) override { input_.OnEvent(); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override { input_.OnEvent(); }
  void OnAlias(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override { input_.OnEvent(); }
  void OnSequenceStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                       YAML::EmitterStyle::value /*style*/) override {
    input_.OnEvent();
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {
    input_.OnEvent();
  }
  void OnMapEnd() override {}

 private:
  ReadAhead& input_;
  std::optional<YAML::Mark> begin_;
};

std::optional<YAML::Mark> BeginIfClosedBy(absl::string_view text, char quote) {
  const std::string closed = absl::StrCat(text, kEnd, absl::string_view(&quote, 1));
  ReadAhead buffer(closed, 0);  // where it became too deep, nobody asks
  std::istream stream(&buffer);
  EndFinder finder(buffer);
  try {
    YAML::Parser parser(stream);
    // The first document only: no second one is allowed, and behind the first yaml-cpp may never come to an end.
    parser.HandleNextDocument(finder);
  } catch (const ReadAhead::TooFar&) {
    return std::nullopt;
  } catch (const YAML::Exception&) {
    // Brackets, for example, are still open.
  }
  return finder.begin();
}

}  // namespace

std::optional<OpenQuote> FindOpenQuote(absl::string_view text) {
  for (const char quote : {'"', '\''}) {
    const std::optional<YAML::Mark> begin = BeginIfClosedBy(text, quote);
    if (begin.has_value()) return OpenQuote{quote, begin->line, begin->column};
  }
  return std::nullopt;
}

}  // namespace idlewarden::policy
