// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/session_enumeration.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/smb_worker/smb_error.h"

namespace idlewarden::smb {
namespace {

constexpr uint32_t kAccessDenied = 5;
constexpr uint32_t kNotSupported = 50;
constexpr uint32_t kInvalidLevel = 124;
constexpr uint32_t kMoreData = 234;
constexpr uint32_t kUserNotFound = 2221;
constexpr uint32_t kClientNameNotFound = 2312;

constexpr size_t kLevelCount = std::size(kLevels);

bool TriesNextLevel(uint32_t windows_error) {
  return windows_error == kInvalidLevel || windows_error == kNotSupported || windows_error == kAccessDenied;
}

}  // namespace

SessionEnumeration::SessionEnumeration(RpcPipe* pipe, EnumArguments arguments, std::optional<KnownLevel> known,
                                       Done done, size_t most_rows)
    : pipe_(pipe), arguments_(std::move(arguments)), done_(std::move(done)), most_rows_(most_rows) {
  if (!known) return;
  result_.known = *known;
  from_the_top_ = false;
  const auto* found = std::find(std::begin(kLevels), std::end(kLevels), known->level);
  if (found != std::end(kLevels)) level_index_ = found - std::begin(kLevels);
}

void SessionEnumeration::Start() { CallLevel(); }

void SessionEnumeration::CallLevel() {
  arguments_.level = checking_level_10_ ? 10 : kLevels[level_index_];
  absl::StatusOr<std::string> stub = EncodeSessionEnum(arguments_);
  if (!stub.ok()) return Finish(stub.status());
  pipe_->Call(kOpnumSessionEnum, *std::move(stub), [this](auto reply) { OnReply(std::move(reply)); });
}

void SessionEnumeration::OnReply(absl::StatusOr<std::string> stub) {
  if (!stub.ok()) return Finish(stub.status());
  absl::StatusOr<EnumReply> reply = DecodeSessionEnum(arguments_.level, *stub);
  if (!reply.ok()) {
    return Finish(SmbError({Cause::kProtocol, 0, 0}, absl::StrCat("NetrSessionEnum at level ", arguments_.level, ": ",
                                                                  reply.status().message())));
  }
  OnDecoded(*std::move(reply));
}

void SessionEnumeration::OnDecoded(EnumReply reply) {
  if (checking_level_10_) return OnLevel10(reply.windows_error);
  const bool filtered = !arguments_.client.empty() || !arguments_.user.empty();
  switch (reply.windows_error) {
    case 0:
    case kMoreData:
      return OnPage(std::move(reply));
    case kUserNotFound:
    case kClientNameNotFound:
      // Windows says so when a filter matches nothing. After a page it contradicts what came.
      if (filtered && pages_ == 0) return OnLastPage();
      break;
    default:
      break;
  }
  if (pages_ == 0 && TriesNextLevel(reply.windows_error)) return OnRefusedLevel(reply.windows_error);
  Finish(WindowsError(reply.windows_error, absl::StrCat("NetrSessionEnum at level ", arguments_.level)));
}

void SessionEnumeration::OnPage(EnumReply reply) {
  const bool last = reply.windows_error == 0;
  if (reply.rows.size() > most_rows_ - result_.rows.size()) {
    return Finish(SmbError({Cause::kProtocol, 0, 0}, absl::StrCat("NetrSessionEnum at level ", arguments_.level,
                                                                  ": more than ", most_rows_, " rows")));
  }
  const bool moved = !reply.rows.empty() && reply.resume_handle != arguments_.resume_handle;
  std::move(reply.rows.begin(), reply.rows.end(), std::back_inserter(result_.rows));
  if (last) return OnLastPage();
  // What came so far is not the whole: an error, lest a missing row be taken for a session that is gone.
  if (!moved || ++pages_ >= kMostPages) {
    return Finish(SmbError({Cause::kProtocol, kMoreData, 0},
                           absl::StrCat("NetrSessionEnum at level ", arguments_.level, " does not come to an end: ",
                                        result_.rows.size(), " rows, still ERROR_MORE_DATA")));
  }
  arguments_.resume_handle = reply.resume_handle;
  CallLevel();
}

void SessionEnumeration::OnRefusedLevel(uint32_t windows_error) {
  if (!from_the_top_) return StartOver();
  refusals_.push_back(windows_error);
  if (++level_index_ >= kLevelCount) return Finish(NoLevel());
  CallLevel();
}

void SessionEnumeration::StartOver() {
  from_the_top_ = true;
  level_index_ = 0;
  result_.known = {};
  CallLevel();
}

void SessionEnumeration::OnLastPage() {
  const uint32_t level = kLevels[level_index_];
  if (!from_the_top_ && result_.known.level == level) return Finish(std::move(result_));
  result_.known = {level, false};
  // Whatever the levels above were refused for: only level 10 tells that a close takes nothing but its pair.
  if (level == 1) return CheckLevel10();
  Finish(std::move(result_));
}

void SessionEnumeration::CheckLevel10() {
  checking_level_10_ = true;
  arguments_.resume_handle = 0;
  CallLevel();
}

void SessionEnumeration::OnLevel10(uint32_t windows_error) {
  switch (windows_error) {
    case 0:
    case kMoreData:
    case kAccessDenied:  // who may ask Samba for level 1 is answered 124 here
    case kNotSupported:
    case kUserNotFound:
    case kClientNameNotFound:
      break;
    case kInvalidLevel:
      result_.known.samba_like = true;
      break;
    default:  // says nothing of the level
      return Finish(WindowsError(windows_error, "NetrSessionEnum at level 10"));
  }
  Finish(std::move(result_));
}

absl::Status SessionEnumeration::NoLevel() const {
  // Missing rights are what an administrator can mend: say so if any level was refused for them.
  const bool denied = std::find(refusals_.begin(), refusals_.end(), kAccessDenied) != refusals_.end();
  return WindowsError(denied ? kAccessDenied : refusals_.back(), "NetrSessionEnum at every level");
}

void SessionEnumeration::Finish(absl::StatusOr<EnumResult> result) {
  const Done done = std::move(done_);
  done(std::move(result));  // may destroy this
}

}  // namespace idlewarden::smb
