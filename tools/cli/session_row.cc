#include "tools/cli/session_row.h"

#include <array>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace idlewarden::tools {
namespace {

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

// In the order of summaries: what is ended first.
constexpr std::array<absl::string_view, 5> kDecisions = {"close", "would-close", "held", "pending", "keep"};

void Member(JsonWriter& json, const char* name, const std::string& value) {
  json.Key(name);
  json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void Member(JsonWriter& json, const char* name, const std::optional<int64_t>& value) {
  json.Key(name);
  if (value.has_value()) {
    json.Int64(*value);
  } else {
    json.Null();
  }
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
  if (row.rule.empty()) {
    json.Key("rule");
    json.Null();
  } else {
    Member(json, "rule", row.rule);
  }
  Member(json, "reason", row.reason);
  json.EndObject();
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
                {"AGE", true},
                {"OPEN", true},
                {"DECISION"},
                {"RULE", false, true},
                {"REASON"}});
}

void AddSession(const SessionRow& row, Table& table) {
  table.AddRow({Cell(row.server), Cell(row.client), Cell(row.user), Cell(ShortDuration(row.idle_seconds)),
                Cell(ShortDuration(row.age_seconds)), Cell(Count(row.open_files)),
                Cell(row.decision, DecisionStyle(row.decision)), Cell(row.rule.empty() ? "-" : row.rule),
                Cell(row.reason)});
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

Style DecisionStyle(absl::string_view decision) {
  if (decision == "close") return Style::kRed;
  if (decision == "keep") return Style::kGreen;
  return Style::kYellow;
}

void DecisionCounts::Add(const SessionRow& row) {
  ++counts_[{row.decision, row.rule, row.reason}];
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
    const std::string by_rule = absl::StrJoin(rules, ", ", absl::PairFormatter(" "));
    table.AddRow({Cell(std::string(decision), DecisionStyle(decision)), Cell(absl::StrCat(total)), Cell(by_rule)});
  }
  const std::string rows = table.row_count() > 0 ? table.Render(terminal) : "";
  return absl::StrCat(rows, sessions_, sessions_ == 1 ? " session on " : " sessions on ", servers_.size(),
                      servers_.size() == 1 ? " server: " : " servers: ", absl::StrJoin(totals, ", "), "\n");
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
  return table.Render(terminal);
}

}  // namespace idlewarden::tools
