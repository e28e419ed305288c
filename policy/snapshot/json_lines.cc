#include "policy/snapshot/json_lines.h"

#include <simdjson.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace idlewarden::policy {
namespace {

// Whether brackets open and close evenly, outside of strings.
bool IsWholeDocument(absl::string_view line) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return depth == 0 && !in_string;
}

bool IsBlank(absl::string_view text) { return absl::StripAsciiWhitespace(text).empty(); }

}  // namespace

PaddedJson::PaddedJson(std::string text) : text_(std::move(text)), size_(text_.size()) {
  text_.append(simdjson::SIMDJSON_PADDING, ' ');
}

std::vector<JsonDocument> PaddedJson::Documents() const {
  const auto document = [this](absl::string_view part, size_t line) {
    return JsonDocument{part.data(), part.size(), static_cast<size_t>(text_.data() + text_.size() - part.data()), line};
  };
  absl::string_view text(text_.data(), size_);
  absl::ConsumePrefix(&text, "\xEF\xBB\xBF");
  std::vector<JsonDocument> lines;
  size_t number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (IsBlank(line)) continue;
    if (lines.size() == 1 && !IsWholeDocument({lines[0].data, lines[0].size})) return {document(text, 1)};
    lines.push_back(document(line, number));
  }
  return lines;
}

}  // namespace idlewarden::policy
