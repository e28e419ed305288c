#include "tools/netsession/session_delete.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/servers/server_error.h"
#include "policy/model/client_name.h"

namespace idlewarden::tools {
namespace {

constexpr char kDeleted[] = "The specified session(s) has been successfully deleted";
constexpr char kFailed[] = "A system error has occurred: ";

struct CauseNumber {
  const char* cause;
  uint32_t number;
};

// What the Win32 client says where the transport fails.
constexpr CauseNumber kCauseNumbers[] = {
    {"access-denied", 5}, {"auth-failed", 1326},   {"refused", 1225},    {"unreachable", 1231},
    {"timeout", 121},     {"name-resolution", 53}, {"disconnected", 64}, {"protocol", 1726},
};

uint32_t NumberOf(const absl::Status& status) {
  const uint32_t number = agent::WindowsErrorOf(status);
  if (number != 0) return number;
  const std::string cause = agent::CauseOf(status);
  for (const CauseNumber& entry : kCauseNumbers) {
    if (cause == entry.cause) return entry.number;
  }
  return 0;
}

bool IsDenied(const absl::Status& status) { return agent::WindowsErrorOf(status) == agent::kErrorAccessDenied; }
bool IsCut(const absl::Status& status) { return agent::CauseOf(status) == "disconnected"; }

std::string Sessions(size_t count) { return absl::StrCat(count, count == 1 ? " session" : " sessions"); }

}  // namespace

std::string ErrorText(const absl::Status& status) {
  const uint32_t number = NumberOf(status);
  const std::string message(status.message());
  if (number == 0) return message;
  return absl::StrCat(agent::WindowsErrorName(number), " (", number, ")\n", message);
}

SessionDelete::SessionDelete(DeleteArguments arguments, agent::EventLoop* loop, DeleteBackend* backend,
                             std::function<void(DeleteReport)> done)
    : arguments_(std::move(arguments)), loop_(loop), backend_(backend), done_(std::move(done)) {}

std::function<void(absl::StatusOr<agent::Enumeration>)> SessionDelete::OnLoop(
    void (SessionDelete::*next)(absl::StatusOr<agent::Enumeration>)) {
  return [this, next](absl::StatusOr<agent::Enumeration> enumeration) {
    loop_->Post([this, next, enumeration = std::move(enumeration)] { (this->*next)(enumeration); });
  };
}

void SessionDelete::Start() { backend_->Enumerate(OnLoop(&SessionDelete::OnBefore)); }

void SessionDelete::OnBefore(absl::StatusOr<agent::Enumeration> enumeration) {
  if (enumeration.ok()) {
    looked_before_ = true;
    samba_like_ = enumeration->close_scope == policy::CloseScope::kClient;
    before_ = Matching(*enumeration);
  } else if (!IsDenied(enumeration.status())) {
    return done_({false, absl::StrCat(kFailed, ErrorText(enumeration.status()))});
  }
  // Some accounts may end sessions and not list them (Samba's `admin users`): then the call is made all the same.
  Delete();
}

void SessionDelete::Delete() {
  // As the server spells it: [::1] on Windows, ::1 on Samba.
  std::string client = arguments_.client;
  std::string user = arguments_.user;
  if (!before_.empty() && !arguments_.all_clients) client = before_.front().client;
  if (!before_.empty() && !arguments_.all_users) user = before_.front().user;
  deleted_at_ = loop_->SteadyNow();
  backend_->Delete(client, user,
                   [this](const absl::Status& status) { loop_->Post([this, status] { OnDeleted(status); }); });
}

void SessionDelete::OnDeleted(absl::Status status) {
  outcome_ = std::move(status);
  if (outcome_.ok() || IsDenied(outcome_) || IsCut(outcome_)) return Look();
  done_({false, absl::StrCat(kFailed, ErrorText(outcome_))});
}

void SessionDelete::Look() { backend_->Enumerate(OnLoop(&SessionDelete::OnLook)); }

void SessionDelete::OnLook(absl::StatusOr<agent::Enumeration> enumeration) {
  if (!enumeration.ok()) return done_(Unverified(enumeration.status()));
  const std::vector<policy::Session> rows = Matching(*enumeration);
  const size_t survivors = Survivors(rows);
  const bool may_vanish = survivors > 0 && !IsDenied(outcome_) && loop_->SteadyNow() < deleted_at_ + kPatience;
  if (!may_vanish) return done_(Judge(rows.size(), survivors));
  loop_->RunAt(loop_->SteadyNow() + kPause, [this] { Look(); });
}

std::vector<policy::Session> SessionDelete::Matching(const agent::Enumeration& enumeration) const {
  std::vector<policy::Session> rows;
  for (const policy::Session& session : enumeration.sessions) {
    if (session.own) continue;  // of this program, which logs on anew to look
    if (!arguments_.all_clients && !policy::SameClient(session.client, arguments_.client)) continue;
    if (!arguments_.all_users && !policy::SameUser(session.user, arguments_.user)) continue;
    rows.push_back(session);
  }
  return rows;
}

size_t SessionDelete::Survivors(const std::vector<policy::Session>& rows) const {
  // Whole seconds on either side: one more is given.
  const int64_t newest = absl::ToInt64Seconds(loop_->SteadyNow() - deleted_at_) + 1;
  return std::count_if(rows.begin(), rows.end(), [newest](const policy::Session& session) {
    return !session.age_seconds.has_value() || *session.age_seconds > newest;
  });
}

DeleteReport SessionDelete::Judge(size_t listed, size_t survivors) const {
  if (IsDenied(outcome_)) {
    if (survivors > 0) return {false, absl::StrCat(kFailed, ErrorText(outcome_))};
    const char* why = !before_.empty() ? "no such session is listed any more: it had ended by itself"
                      : samba_like_    ? "no such session is listed, for which Samba gives this number, too"
                                       : "no such session is listed";
    return {false, absl::StrCat(kFailed, ErrorText(outcome_), "\n", why)};
  }
  if (survivors > 0) {
    const std::string answer = outcome_.ok() ? "NERR_Success (0)" : ErrorText(outcome_);
    return {false, absl::StrCat("Not deleted: the server's answer was ", answer, ", but ", Described(survivors),
                                survivors == 1 ? " is" : " are", " still listed")};
  }
  if (!outcome_.ok() && before_.empty()) {
    // Nothing was there that could be seen to go: whether the call did anything is not known.
    return {false, absl::StrCat(kFailed, ErrorText(outcome_), "\nno such session is listed",
                                looked_before_ ? ", neither before nor after" : " now")};
  }
  std::string text = absl::StrCat(kDeleted, ": NERR_Success (0)");
  if (!outcome_.ok()) text = absl::StrCat(kDeleted, ": the connection was cut before the answer");
  if (looked_before_) absl::StrAppend(&text, "\n", Described(before_.size()), " ended");
  if (listed > 0) absl::StrAppend(&text, "; ", Sessions(listed), " came back since");
  return {true, text};
}

DeleteReport SessionDelete::Unverified(const absl::Status& look) const {
  if (!outcome_.ok()) return {false, absl::StrCat(kFailed, ErrorText(outcome_))};
  return {true, absl::StrCat(kDeleted,
                             ": NERR_Success (0)\nnot verified, as the sessions cannot be listed: ", ErrorText(look))};
}

std::string SessionDelete::Described(size_t count) const {
  return absl::StrCat(Sessions(count), " of ", arguments_.all_users ? "all users" : arguments_.user, " from ",
                      arguments_.all_clients ? "all clients" : arguments_.client, " on ", arguments_.server);
}

}  // namespace idlewarden::tools
