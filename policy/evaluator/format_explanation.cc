#include "absl/strings/str_cat.h"
#include "policy/evaluator/explain.h"
#include "policy/model/escape_for_display.h"

namespace idlewarden::policy {
namespace {

std::string Indent(int depth) { return std::string(static_cast<size_t>(depth) * 2, ' '); }

// "yes      idle: 31m40s, required at least 15m (note)".
void AddNode(const ExplainedNode& node, int depth, std::string& text) {
  const std::string answer(AnswerName(node.answer));
  std::string line = absl::StrCat(Indent(depth), answer, std::string(8 - answer.size(), ' '), node.name);
  if (!node.measured.empty()) absl::StrAppend(&line, ": ", node.measured);
  if (!node.required.empty()) absl::StrAppend(&line, ", required ", node.required);
  if (!node.note.empty()) absl::StrAppend(&line, " (", node.note, ")");
  absl::StrAppend(&text, EscapeForDisplay(line), "\n");
  for (const ExplainedNode& part : node.parts) AddNode(part, depth + 1, text);
}

void AddEntry(absl::string_view kind, const ExplainedEntry& entry, std::string& text) {
  const std::string mode = entry.mode.empty() ? "" : absl::StrCat(" (", entry.mode, ")");
  absl::StrAppend(&text, kind, " ", entry.name, mode, ": ", AnswerName(entry.when.answer));
  const bool decides = !entry.reason.empty() && entry.when.answer != Answer::kNo;
  absl::StrAppend(&text, decides ? EscapeForDisplay(absl::StrCat(", because: ", entry.reason)) : "", "\n");
  for (const ExplainedNode& part : entry.when.parts) AddNode(part, 1, text);
}

}  // namespace

std::string FormatExplanation(const Explanation& explanation) {
  std::string text = EscapeForDisplay(
      absl::StrCat("session of ", explanation.user.empty() ? "(no user)" : explanation.user, " from ",
                   explanation.client.empty() ? "(no client)" : explanation.client, " on ", explanation.server, " at ",
                   absl::FormatTime(absl::RFC3339_sec, explanation.at, absl::UTCTimeZone())));
  text += "\nbuilt-in protections\n";
  for (const ExplainedNode& node : explanation.built_in) AddNode(node, 1, text);
  for (const ExplainedEntry& entry : explanation.protections) AddEntry("protection", entry, text);
  for (const ExplainedEntry& entry : explanation.rules) AddEntry("rule", entry, text);
  return text;
}

}  // namespace idlewarden::policy
