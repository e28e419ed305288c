// SPDX-License-Identifier: GPL-3.0-or-later
//
// One NetrSessionEnum over a connected pipe, whole or not at all: finds the level that the server answers, follows the
// pages, and gives up on a server that never stops sending them.
//
// Loop's thread only. Destroy to give up; the pipe then has a call in flight and is of no more use.

#ifndef IDLEWARDEN_AGENT_SMB_WORKER_SESSION_ENUMERATION_H_
#define IDLEWARDEN_AGENT_SMB_WORKER_SESSION_ENUMERATION_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/smb_worker/rpc_pipe.h"
#include "agent/smb_worker/srvsvc.h"

namespace idlewarden::smb {

// What a server was seen to answer; remembered between enumerations.
struct KnownLevel {
  uint32_t level = 0;
  bool samba_like = false;  // level 1 answers where 502, 2 and 10 are ERROR_INVALID_LEVEL
};

struct EnumResult {
  std::vector<SessionRow> rows;
  KnownLevel known;
};

class SessionEnumeration {
 public:
  using Done = std::function<void(absl::StatusOr<EnumResult>)>;

  // Nobody has this many pages, nor kMostRows sessions; what goes on beyond is a server that is broken.
  static constexpr int kMostPages = 4096;

  // `arguments.level` and `.resume_handle` are not looked at. Without `known` levels are tried in the order of
  // kLevels, going on after ERROR_INVALID_LEVEL, ERROR_NOT_SUPPORTED and ERROR_ACCESS_DENIED; with it that level
  // alone, and all of them if it is refused. Call Start once; `done` is called once, possibly within Start, and may
  // destroy this object.
  SessionEnumeration(RpcPipe* pipe, EnumArguments arguments, std::optional<KnownLevel> known, Done done,
                     size_t most_rows = kMostRows);
  void Start();

 private:
  void CallLevel();
  void OnReply(absl::StatusOr<std::string> stub);
  void OnDecoded(EnumReply reply);
  void OnPage(EnumReply reply);
  void OnRefusedLevel(uint32_t windows_error);
  // Forgets what was known: another server may answer under the old one's name.
  void StartOver();
  void OnLastPage();
  // Whether level 10 is unknown to the server as well: what tells Samba from others that answer level 1.
  void CheckLevel10();
  void OnLevel10(uint32_t windows_error);
  void Finish(absl::StatusOr<EnumResult> result);
  absl::Status NoLevel() const;

  RpcPipe* const pipe_;
  EnumArguments arguments_;
  Done done_;
  const size_t most_rows_;
  size_t level_index_ = 0;
  int pages_ = 0;
  std::vector<uint32_t> refusals_;  // Windows errors, one for each level tried so far
  bool from_the_top_ = true;
  bool checking_level_10_ = false;
  EnumResult result_;
};

}  // namespace idlewarden::smb

#endif  // IDLEWARDEN_AGENT_SMB_WORKER_SESSION_ENUMERATION_H_
