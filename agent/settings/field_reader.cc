#include "agent/settings/field_reader.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "agent/settings/file_content.h"

namespace idlewarden::agent {

using policy::Code;
using policy::DiagnosticList;
using policy::YamlNode;

namespace {

// Digits, with a fraction if there is one: no sign, no exponent, no hexadecimal.
bool IsDecimal(absl::string_view text) {
  const size_t point = text.find('.');
  const absl::string_view whole = text.substr(0, point);
  const absl::string_view fraction = point == absl::string_view::npos ? "0" : text.substr(point + 1);
  const auto digits = [](absl::string_view part) {
    return !part.empty() && part.size() <= 15 &&
           std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  return digits(whole) && digits(fraction) && (whole.size() == 1 || whole[0] != '0');
}

}  // namespace

std::optional<double> ReadPositive(const YamlNode& node, absl::string_view what, double most,
                                   DiagnosticList& diagnostics) {
  const std::optional<std::string> text = policy::ReadText(node, what, diagnostics);
  if (!text.has_value()) return std::nullopt;
  double number = 0;
  if (node.plain && IsDecimal(*text) && absl::SimpleAtod(*text, &number) && number > 0 && number <= most) return number;
  diagnostics.Add(Code::kBadNumber, node.place,
                  absl::StrCat(what, " must be a decimal number above 0 and up to ", most, ", such as 0.5, not ",
                               policy::Quoted(*text), node.plain ? "" : " in quotes"));
  return std::nullopt;
}

std::optional<std::string> ReadLine(const YamlNode& node, absl::string_view what, DiagnosticList& diagnostics) {
  std::optional<std::string> text = policy::ReadText(node, what, diagnostics);
  if (!text.has_value()) return std::nullopt;
  const bool printable =
      std::all_of(text->begin(), text->end(), [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 0x7f; });
  if (!text->empty() && printable) return text;
  diagnostics.Add(Code::kBadValue, node.place,
                  absl::StrCat(what, " must not be empty or have control characters, as ", policy::Quoted(*text)));
  return std::nullopt;
}

std::optional<std::string> ReadPath(const YamlNode& node, absl::string_view what, const std::string& base_dir,
                                    DiagnosticList& diagnostics) {
  const std::optional<std::string> path = ReadLine(node, what, diagnostics);
  if (!path.has_value()) return std::nullopt;
  return ResolvePath(*path, base_dir);
}

}  // namespace idlewarden::agent
