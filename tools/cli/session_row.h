// One session with its decision, as `preview`, `sessions` and `decisions` show it: as a line of JSON or in a table.
//
// Pure functions over values; no thread rule.

#ifndef IDLEWARDEN_TOOLS_CLI_SESSION_ROW_H_
#define IDLEWARDEN_TOOLS_CLI_SESSION_ROW_H_

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/string_view.h"
#include "tools/cli/table.h"

namespace idlewarden::tools {

struct SessionRow {
  std::string server;
  std::optional<std::string> client;
  std::optional<std::string> user;
  std::optional<int64_t> idle_seconds;
  bool idle_at_least = false;  // idle_seconds is only known to be no less; for people only
  std::optional<int64_t> age_seconds;
  std::optional<int64_t> open_files;
  std::string decision;
  std::string rule;  // empty: none is named
  std::string reason;
  std::string reason_text;  // what the protection's author says of it; for people only
};

// The object of docs/policy.md, in its order of members, without a newline. Unknown values and a rule that
// is not named are null.
std::string RowJson(const SessionRow& row);

// Writes such objects as lines.
class RowJsonLines {
 public:
  // Everything is in `out` when this has been destroyed.
  explicit RowJsonLines(std::ostream& out) : out_(out), json_(buffer_) {}
  ~RowJsonLines() { Flush(); }
  RowJsonLines(const RowJsonLines&) = delete;
  RowJsonLines& operator=(const RowJsonLines&) = delete;

  void Add(const SessionRow& row);

 private:
  void Flush();

  std::ostream& out_;
  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> json_;
};

// A table for SessionRows.
Table MakeSessionTable();
void AddSession(const SessionRow& row, Table& table);

// "1d2h", "31m", "45s": the two largest units. "?" for unknown.
std::string ShortDuration(std::optional<int64_t> seconds);

// A client or user: "?" for unknown, and quotes where it was reported as empty.
std::string ShownName(const std::optional<std::string>& name);

Style DecisionStyle(absl::string_view decision);

// Counts sessions by rule, decision and reason while they pass.
class DecisionCounts {
 public:
  void Add(const SessionRow& row);

  // One line for each decision that occurs, with its rules, a line with the totals, and ProtectedUnknown.
  std::string Summary(const Terminal& terminal) const;
  // A table of counts by rule, decision and reason, and ProtectedUnknown.
  std::string ByRule(const Terminal& terminal) const;

 private:
  // Which protections keep how many sessions on which servers because nobody can know whether they are meant: the
  // largest numbers first, one a line. Empty if there are none.
  std::string ProtectedUnknown() const;

  std::map<std::tuple<std::string, std::string, std::string>, int64_t> counts_;  // decision, rule, reason
  std::map<std::pair<std::string, std::string>, int64_t> protected_unknown_;     // protection, server
  std::set<std::string> servers_;
  int64_t sessions_ = 0;
};

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_SESSION_ROW_H_
