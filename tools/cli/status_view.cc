#include "tools/cli/status_view.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/util/time_util.h"
#include "policy/model/escape_for_display.h"
#include "tools/cli/table.h"

namespace idlewarden::tools {
namespace {

namespace pb = ::idlewarden::control::v1;
using google::protobuf::util::TimeUtil;
using policy::EscapeForDisplay;

constexpr int kShownCloses = 10;
constexpr size_t kShownHash = 12;  // hex digits tell policies apart well enough for people

// To the second, as 2026-11-22 10:00:00Z.
std::string Moment(const google::protobuf::Timestamp& time) {
  google::protobuf::Timestamp whole = time;
  whole.set_nanos(0);
  std::string text = TimeUtil::ToString(whole);
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

std::string Line(absl::string_view name, absl::string_view value) {
  return absl::StrCat(name, std::string(12 - std::min<size_t>(name.size(), 11), ' '), EscapeForDisplay(value), "\n");
}

std::string ModeText(const pb::Status& status, const Terminal& terminal) {
  std::string mode = status.mode() == "enforce" ? Styled("enforce", Style::kRed, terminal)
                                                : Styled("observe (closes nothing)", Style::kGreen, terminal);
  if (status.paused()) {
    const std::string why =
        status.pause_reason().empty() ? "" : absl::StrCat(": ", EscapeForDisplay(status.pause_reason()));
    absl::StrAppend(&mode, ", ", Styled(absl::StrCat("paused", why), Style::kYellow, terminal));
  }
  for (const pb::Hold& hold : status.holds()) {
    if (hold.cause() == "paused") continue;
    const std::string what = absl::StrCat("held by ", hold.cause(), ": ", EscapeForDisplay(hold.reason()));
    absl::StrAppend(&mode, ", ", Styled(what, Style::kYellow, terminal));
  }
  return mode;
}

std::string PolicyText(const pb::Policy& policy) {
  return absl::StrCat(policy.file(), ", ", policy.rules(), policy.rules() == 1 ? " rule" : " rules", ", hash ",
                      policy.hash().substr(0, kShownHash), ", loaded ", Moment(policy.loaded_at()));
}

std::string CycleText(const pb::Cycle& cycle) {
  return absl::StrCat(cycle.sessions(), " sessions: ", cycle.close(), " close, ", cycle.would_close(), " would-close, ",
                      cycle.held(), " held, ", cycle.pending(), " pending, ", cycle.keep(), " keep");
}

std::string Head(const pb::Status& status, const Terminal& terminal) {
  std::string text = Line("Agent", absl::StrCat(status.agent(), ", version ", status.version(), ", running since ",
                                                Moment(status.started_at())));
  absl::StrAppend(&text, "Mode        ", ModeText(status, terminal), "\n");
  if (status.has_policy()) absl::StrAppend(&text, Line("Policy", PolicyText(status.policy())));
  if (!status.policy().last_reload_error().empty()) {
    absl::StrAppend(&text, Line("", absl::StrCat("last reload failed: ", status.policy().last_reload_error())));
  }
  if (!status.http_address().empty()) {
    absl::StrAppend(&text, Line("Metrics", absl::StrCat("http://", status.http_address(), "/metrics")));
  }
  if (status.has_last_cycle()) absl::StrAppend(&text, Line("Last cycle", CycleText(status.last_cycle())));
  absl::StrAppend(&text, Line("Queue", absl::StrCat(status.close_queue_length(), " to close, worker restarts ",
                                                    status.worker_restarts())));
  return text;
}

std::string Servers(const pb::Status& status, const Terminal& terminal) {
  Table table({{"SERVER", false, true},
               {"STATE"},
               {"SESSIONS", true},
               {"IDLE TIMES"},
               {"A CLOSE ENDS"},
               {"LAST SUCCESS"},
               {"ERROR", false, true}});
  for (const pb::Server& server : status.servers()) {
    table.AddRow({Cell(server.name()), server.up() ? Cell("up", Style::kGreen) : Cell("down", Style::kRed),
                  Cell(absl::StrCat(server.sessions())),
                  Cell(server.idle_trust(), server.idle_trust() == "none" ? Style::kYellow : Style::kPlain),
                  Cell(server.close_scope()), Cell(server.has_last_success() ? Moment(server.last_success()) : "never"),
                  Cell(server.error(), Style::kRed)});
  }
  return table.row_count() > 0 ? absl::StrCat("\n", table.Render(terminal)) : "";
}

Style OutcomeStyle(const std::string& outcome) {
  if (outcome == "closed" || outcome == "gone-already") return Style::kGreen;
  if (outcome == "became-active" || outcome == "expired" || outcome == "refused") return Style::kYellow;
  return Style::kRed;
}

std::string Closes(const pb::Status& status, const Terminal& terminal) {
  Table table({{"CLOSED AT"},
               {"SERVER", false, true},
               {"CLIENT", false, true},
               {"USER", false, true},
               {"RULE", false, true},
               {"OUTCOME"},
               {"MESSAGE", false, true}});
  for (const pb::Close& close : status.recent_closes()) {
    if (table.row_count() == kShownCloses) break;
    table.AddRow({Cell(Moment(close.at())), Cell(close.server()), Cell(close.client()), Cell(close.user()),
                  Cell(close.rule()), Cell(close.outcome(), OutcomeStyle(close.outcome())), Cell(close.message())});
  }
  return table.row_count() > 0 ? absl::StrCat("\n", table.Render(terminal)) : "";
}

}  // namespace

std::string StatusText(const pb::Status& status, const Terminal& terminal) {
  std::string text = absl::StrCat(Head(status, terminal), Servers(status, terminal), Closes(status, terminal));
  if (!status.warnings().empty()) absl::StrAppend(&text, "\n");
  for (const std::string& warning : status.warnings()) {
    absl::StrAppend(&text, Styled(absl::StrCat("! ", EscapeForDisplay(warning)), Style::kYellow, terminal), "\n");
  }
  return text;
}

}  // namespace idlewarden::tools
