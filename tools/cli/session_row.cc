#include "tools/cli/session_row.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/model/decision.h"
#include "policy/model/escape_for_display.h"

namespace idlewarden::tools {
namespace {

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

// In the order of summaries: what is ended first.
constexpr std::array<absl::string_view, 5> kDecisions = {"close", "would-close", "held", "pending", "keep"};

void Member(JsonWriter& json, const char* name, const std::string& value) {
  json.Key(name);
  json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void Null(JsonWriter& json, const char* name) {
  json.Key(name);
  json.Null();
}

// Null for a text that is not known.
void Member(JsonWriter& json, const char* name, const std::optional<std::string>& value) {
  value.has_value() ? Member(json, name, *value) : Null(json, name);
}

void Member(JsonWriter& json, const char* name, const std::optional<int64_t>& value) {
  json.Key(name);
  if (value.has_value()) {
    json.Int64(*value);
  } else {
    json.Null();
  }
}

// "kiosks 2, leavers 1", on as many lines as it takes beside the two columns before it.
std::vector<std::string> Lines(const std::map<std::string, int64_t>& rules, const Terminal& terminal) {
  constexpr size_t kBefore = 23;  // "would-close  SESSIONS  "
  constexpr size_t kLeast = 20;
  const size_t width =
      terminal.width == 0 ? std::string::npos : std::max(kLeast, terminal.width - std::min(terminal.width, kBefore));
  std::vector<std::string> lines;
  for (const auto& [rule, count] : rules) {
    const std::string text = absl::StrCat(rule, " ", count);
    if (lines.empty()) {
      lines.push_back(text);
    } else if (DisplayWidth(lines.back()) + DisplayWidth(text) + 3 <= width) {
      absl::StrAppend(&lines.back(), ", ", text);
    } else {
      lines.back() += ",";
      lines.push_back(text);
    }
  }
  return lines;
}

void WriteRow(const SessionRow& row, JsonWriter& json) {
  json.StartObject();
  Member(json, "server", row.server);
  Member(json, "client", row.client);
  Member(json, "user", row.user);
  Member(json, "idle_seconds", row.idle_seconds);
  Member(json, "age_seconds", row.age_seconds);
  Member(json, "open_files", row.open_files);
  Member(json, "decision", row.decision);
  row.rule.empty() ? Null(json, "rule") : Member(json, "rule", row.rule);
  Member(json, "reason", row.reason);
  json.EndObject();
}

std::string IdleText(const SessionRow& row) {
  const bool bound = row.idle_at_least && row.idle_seconds.has_value();
  return absl::StrCat(bound ? "≥" : "", ShortDuration(row.idle_seconds));
}

std::string Count(std::optional<int64_t> number) { return number.has_value() ? absl::StrCat(*number) : "?"; }

}  // namespace

std::string RowJson(const SessionRow& row) {
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  WriteRow(row, json);
  return std::string(buffer.GetString(), buffer.GetSize());
}

void RowJsonLines::Add(const SessionRow& row) {
  constexpr size_t kFlushAt = 1 << 16;
  json_.Reset(buffer_);
  WriteRow(row, json_);
  buffer_.Put('\n');
  if (buffer_.GetSize() >= kFlushAt) Flush();
}

void RowJsonLines::Flush() {
  out_.write(buffer_.GetString(), static_cast<std::streamsize>(buffer_.GetSize()));
  buffer_.Clear();
}

Table MakeSessionTable() {
  return Table({{"SERVER", false, true},
                {"CLIENT", false, true},
                {"USER", false, true},
                {"IDLE", true},
                {"AGE", true, false, 3},
                {"OPEN", true, false, 2},
                {"DECISION"},
                {"RULE", false, true},
                {"REASON", false, true, 1}});
}

void AddSession(const SessionRow& row, Table& table) {
  table.AddRow({Cell(row.server), Cell(ShownName(row.client)), Cell(ShownName(row.user)), Cell(IdleText(row)),
                Cell(ShortDuration(row.age_seconds)), Cell(Count(row.open_files)),
                Cell(row.decision, DecisionStyle(row.decision)), Cell(row.rule.empty() ? "-" : row.rule),
                Cell(row.reason_text.empty() ? row.reason : absl::StrCat(row.reason, ": ", row.reason_text))});
}

std::string ShortDuration(std::optional<int64_t> seconds) {
  if (!seconds.has_value()) return "?";
  const std::array<std::pair<int64_t, absl::string_view>, 4> units = {
      {{24 * 60 * 60, "d"}, {60 * 60, "h"}, {60, "m"}, {1, "s"}}};
  int64_t left = *seconds;
  std::string text;
  int parts = 0;
  for (const auto& [length, unit] : units) {
    if (left >= length && parts < 2) absl::StrAppend(&text, left / length, unit);
    parts += left >= length || parts > 0 ? 1 : 0;
    left %= length;
  }
  return text.empty() ? "0s" : text;
}

std::string ShownName(const std::optional<std::string>& name) {
  if (!name.has_value()) return "?";
  return name->empty() ? "\"\"" : *name;
}

Style DecisionStyle(absl::string_view decision) {
  if (decision == "close") return Style::kRed;
  if (decision == "keep") return Style::kGreen;
  return Style::kYellow;
}

void DecisionCounts::Add(const SessionRow& row) {
  ++counts_[{row.decision, row.rule, row.reason}];
  if (row.reason == policy::ReasonName(policy::Reason::kProtectedUnknown)) ++protected_unknown_[{row.rule, row.server}];
  servers_.insert(row.server);
  ++sessions_;
}

std::string DecisionCounts::Summary(const Terminal& terminal) const {
  Table table({{"DECISION"}, {"SESSIONS", true}, {"BY RULE"}});
  std::vector<std::string> totals;
  for (absl::string_view decision : kDecisions) {
    int64_t total = 0;
    std::map<std::string, int64_t> rules;
    for (const auto& [key, count] : counts_) {
      const auto& [counted, rule, reason] = key;
      if (counted != decision) continue;
      total += count;
      rules[rule.empty() ? absl::StrCat("(", reason, ")") : rule] += count;
    }
    totals.push_back(absl::StrCat(total, " ", decision));
    if (total == 0) continue;
    std::string name(decision);
    std::string number = absl::StrCat(total);
    for (const std::string& line : Lines(rules, terminal)) {
      table.AddRow(
          {Cell(std::exchange(name, ""), DecisionStyle(decision)), Cell(std::exchange(number, "")), Cell(line)});
    }
  }
  const std::string rows = table.row_count() > 0 ? table.Render(terminal) : "";
  return absl::StrCat(rows, sessions_, sessions_ == 1 ? " session on " : " sessions on ", servers_.size(),
                      servers_.size() == 1 ? " server: " : " servers: ", absl::StrJoin(totals, ", "), "\n",
                      ProtectedUnknown());
}

std::string DecisionCounts::ProtectedUnknown() const {
  constexpr size_t kShown = 10;
  std::vector<std::pair<int64_t, std::pair<std::string, std::string>>> counts;
  for (const auto& [key, count] : protected_unknown_) counts.emplace_back(-count, key);
  std::sort(counts.begin(), counts.end());
  std::string text;
  for (size_t i = 0; i < counts.size() && i < kShown; ++i) {
    const auto& [protection, server] = counts[i].second;
    const int64_t count = -counts[i].first;
    absl::StrAppend(&text,
                    policy::EscapeForDisplay(absl::StrCat("protection ", protection, " keeps ", count,
                                                          count == 1 ? " session on " : " sessions on ", server)),
                    " because it is unknown whether it covers ", count == 1 ? "it" : "them", "\n");
  }
  if (counts.size() > kShown) absl::StrAppend(&text, "and so on for ", counts.size() - kShown, " more\n");
  if (!text.empty()) text += "`idlewarden explain` says why, and what would settle it\n";
  return text;
}

std::string DecisionCounts::ByRule(const Terminal& terminal) const {
  Table table({{"RULE", false, true}, {"DECISION"}, {"REASON"}, {"SESSIONS", true}});
  for (absl::string_view decision : kDecisions) {
    for (const auto& [key, count] : counts_) {
      const auto& [counted, rule, reason] = key;
      if (counted != decision) continue;
      table.AddRow({Cell(rule.empty() ? "-" : rule), Cell(counted, DecisionStyle(counted)), Cell(reason),
                    Cell(absl::StrCat(count))});
    }
  }
  return absl::StrCat(table.Render(terminal), ProtectedUnknown());
}

}  // namespace idlewarden::tools
