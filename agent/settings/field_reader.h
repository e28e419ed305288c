// Reads the kinds of values that settings have and policies have not: rates, words of a fixed set, paths.
//
// As the functions of policy/reader/node_reader.h, these report what is wrong and return nullopt. Not synchronised.

#ifndef IDLEWARDEN_AGENT_SETTINGS_FIELD_READER_H_
#define IDLEWARDEN_AGENT_SETTINGS_FIELD_READER_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "policy/diagnostics/diagnostic_list.h"
#include "policy/diagnostics/wording.h"
#include "policy/reader/node_reader.h"
#include "policy/reader/yaml_tree.h"

namespace idlewarden::agent {

// Sets `out` if there is a value.
template <typename Read, typename Out>
void Assign(std::optional<Read> value, Out* out) {
  if (value.has_value()) *out = static_cast<Out>(*std::move(value));
}

// A decimal number such as 2 or 0.5, more than zero and at most `most`.
std::optional<double> ReadPositive(const policy::YamlNode& node, absl::string_view what, double most,
                                   policy::DiagnosticList& diagnostics);

// Text that is not empty and has no control characters.
std::optional<std::string> ReadLine(const policy::YamlNode& node, absl::string_view what,
                                    policy::DiagnosticList& diagnostics);

// One of `words`, each with the value that it stands for.
template <typename Value>
std::optional<Value> ReadWord(const policy::YamlNode& node, absl::string_view what,
                              const std::vector<std::pair<absl::string_view, Value>>& words,
                              policy::DiagnosticList& diagnostics) {
  const std::optional<std::string> text = policy::ReadText(node, what, diagnostics);
  if (!text.has_value()) return std::nullopt;
  std::vector<absl::string_view> known;
  for (const auto& [word, value] : words) {
    if (*text == word) return value;
    known.push_back(word);
  }
  std::string possible;
  for (const absl::string_view word : known) absl::StrAppend(&possible, possible.empty() ? "" : ", ", word);
  diagnostics.Add(policy::Code::kBadValue, node.place,
                  absl::StrCat(what, " must be one of ", possible, ", not ", policy::Quoted(*text),
                               policy::Suggestion(*text, known)));
  return std::nullopt;
}

// A path, resolved against `base_dir`.
std::optional<std::string> ReadPath(const policy::YamlNode& node, absl::string_view what, const std::string& base_dir,
                                    policy::DiagnosticList& diagnostics);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SETTINGS_FIELD_READER_H_
