#include "tools/cli/diff_command.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <array>

#include "absl/strings/str_cat.h"
#include "tools/cli/evaluation.h"
#include "tools/cli/inputs.h"
#include "tools/cli/table.h"
#include "tools/cli/time_option.h"

namespace idlewarden::tools {
namespace {

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

enum class Change : size_t { kAdded, kRemoved, kChanged };
constexpr std::array<absl::string_view, 3> kChangeNames = {"added", "removed", "changed"};
constexpr std::array<absl::string_view, 3> kChangeSigns = {"+", "-", "~"};
constexpr std::array<Style, 3> kChangeStyles = {Style::kRed, Style::kGreen, Style::kYellow};

struct Difference {
  Change change;
  SessionRow before;
  SessionRow after;
};

bool IsVictim(const SessionRow& row) { return row.decision != "keep"; }

std::vector<Difference> Compare(const Evaluation& before, const Evaluation& after) {
  std::vector<Difference> differences;
  const std::vector<SessionRow> old_rows = before.Rows();
  const std::vector<SessionRow> new_rows = after.Rows();
  for (size_t i = 0; i < old_rows.size(); ++i) {
    const SessionRow& o = old_rows[i];
    const SessionRow& n = new_rows[i];
    if (!IsVictim(o) && !IsVictim(n)) continue;
    if (IsVictim(o) && IsVictim(n) && o.rule == n.rule && o.decision == n.decision) continue;
    differences.push_back({!IsVictim(o) ? Change::kAdded : !IsVictim(n) ? Change::kRemoved : Change::kChanged, o, n});
  }
  return differences;
}

void Put(JsonWriter& json, const char* key, absl::string_view text) {
  json.Key(key);
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

// Null for a text that is not known.
void PutKnown(JsonWriter& json, const char* key, const std::optional<std::string>& text) {
  if (text.has_value()) return Put(json, key, *text);
  json.Key(key);
  json.Null();
}

void PutDecision(JsonWriter& json, const char* key, const SessionRow& row) {
  json.Key(key);
  json.StartObject();
  Put(json, "decision", row.decision);
  PutKnown(json, "rule", row.rule.empty() ? std::nullopt : std::optional(row.rule));
  Put(json, "reason", row.reason);
  json.EndObject();
}

std::string Json(const Difference& difference) {
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.StartObject();
  Put(json, "change", kChangeNames[static_cast<size_t>(difference.change)]);
  Put(json, "server", difference.before.server);
  PutKnown(json, "client", difference.before.client);
  PutKnown(json, "user", difference.before.user);
  PutDecision(json, "old", difference.before);
  PutDecision(json, "new", difference.after);
  json.EndObject();
  return buffer.GetString();
}

std::string Short(const SessionRow& row) {
  return absl::StrCat(row.decision, row.rule.empty() ? "" : absl::StrCat(" ", row.rule), " (", row.reason, ")");
}

void PrintTable(const std::vector<Difference>& differences, Output& output) {
  Table table({{""},
               {"SERVER", false, true},
               {"CLIENT", false, true},
               {"USER", false, true},
               {"OLD", false, true},
               {"NEW", false, true}});
  std::array<size_t, 3> counts{};
  for (const Difference& difference : differences) {
    const auto change = static_cast<size_t>(difference.change);
    ++counts[change];
    table.AddRow({{std::string(kChangeSigns[change]), kChangeStyles[change]},
                  difference.before.server,
                  ShownName(difference.before.client),
                  ShownName(difference.before.user),
                  Short(difference.before),
                  Short(difference.after)});
  }
  if (table.row_count() > 0) output.out << table.Render(output.terminal) << "\n";
  output.out << counts[0] << " added, " << counts[1] << " removed, " << counts[2] << " changed\n";
}

}  // namespace

int RunDiff(const DiffOptions& options, Output& output) {
  const absl::StatusOr<std::optional<absl::Time>> at = ParseTimeOption(options.at);
  if (!at.ok()) return Fail(at.status().message(), output, kUsage);
  const auto old_policy = LoadPolicy(options.old_policy, output);
  const auto new_policy = LoadPolicy(options.new_policy, output);
  if (old_policy == nullptr || new_policy == nullptr) return kFailed;
  const auto snapshots = LoadSnapshots(options.snapshots, !at->has_value());
  if (!snapshots.ok()) return Fail(snapshots.status().message(), output);
  const std::vector<Difference> differences =
      Compare(Evaluate(*old_policy, *snapshots, *at), Evaluate(*new_policy, *snapshots, *at));
  if (options.format == "json") {
    for (const Difference& difference : differences) output.out << Json(difference) << "\n";
  } else {
    PrintTable(differences, output);
  }
  return kDone;
}

}  // namespace idlewarden::tools
