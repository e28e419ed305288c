// SPDX-License-Identifier: GPL-3.0-or-later
//
// The session calls of MS-SRVS as bytes: NetrSessionEnum (3.1.4.5, opnum 12) and NetrSessionDel (3.1.4.6, opnum 13).
// Requests are encoded, replies decoded; nothing here talks to a server.
//
// Decoding is strict: a reply that contradicts itself is DataLoss, because half-understood rows could close the wrong
// session or hide one that is protected. Plain functions, any thread.

#ifndef IDLEWARDEN_AGENT_SMB_WORKER_SRVSVC_H_
#define IDLEWARDEN_AGENT_SMB_WORKER_SRVSVC_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace idlewarden::smb {

inline constexpr uint16_t kOpnumSessionEnum = 12;
inline constexpr uint16_t kOpnumSessionDel = 13;
// NetrRemoteTOD: asks for the time, needs no rights, changes nothing. Shows whether a kept connection still works.
inline constexpr uint16_t kOpnumRemoteTod = 28;

// In the order in which they are tried: from the most to the least that is told.
inline constexpr uint32_t kLevels[] = {502, 2, 1, 10, 0};

// Nobody has this many sessions on one server; a reply with more, or with more bytes than so many usual rows take, is
// refused before its rows are looked at: without names a row takes 4 to 32 bytes, and several times that when decoded.
inline constexpr size_t kMostRows = 500'000;
inline constexpr size_t kMostStubBytes = size_t{128} << 20;

// A row of SESSION_INFO_x. Which fields a level has is told by LevelFields; the others stay 0 or empty.
struct SessionRow {
  std::string client;
  std::string user;
  std::string client_type;
  std::string transport;
  uint32_t open_files = 0;
  uint32_t age_seconds = 0;   // values above 0x7fffffff are read as 0: Samba gives -1 in a session's first second
  uint32_t idle_seconds = 0;  // likewise
  uint32_t user_flags = 0;
};

// Which fields a level carries beside the client.
struct LevelFields {
  bool user = false;
  bool open_files = false;
  bool times = false;
  bool user_flags = false;
  bool client_type = false;
  bool transport = false;
};

// All false for level 0 and for levels that do not exist.
LevelFields FieldsOf(uint32_t level);

struct EnumReply {
  std::vector<SessionRow> rows;
  uint32_t total_entries = 0;  // a hint
  uint32_t resume_handle = 0;
  uint32_t windows_error = 0;  // 0, 234 with rows that count, or a failure without rows
};

struct EnumArguments {
  std::string server;  // without backslashes; servers ignore it
  std::string client;  // without backslashes; empty: all
  std::string user;    // empty: all
  uint32_t level = 502;
  uint32_t resume_handle = 0;
};

// InvalidArgument if a name is not valid UTF-8.
absl::StatusOr<std::string> EncodeSessionEnum(const EnumArguments& arguments);
absl::StatusOr<EnumReply> DecodeSessionEnum(uint32_t level, absl::string_view stub);

// `client` and `user` as the server listed them, without leading backslashes. An empty one is a wildcard to the
// server; that it is meant is for the caller to know: it is sent as NULL.
absl::StatusOr<std::string> EncodeSessionDel(absl::string_view server, absl::string_view client,
                                             absl::string_view user);
// The Windows error number.
absl::StatusOr<uint32_t> DecodeSessionDel(absl::string_view stub);

// NetrRemoteTOD's request; its reply is not looked at.
absl::StatusOr<std::string> EncodeRemoteTod(absl::string_view server);

}  // namespace idlewarden::smb

#endif  // IDLEWARDEN_AGENT_SMB_WORKER_SRVSVC_H_
