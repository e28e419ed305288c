// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/srvsvc.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/smb_worker/ndr.h"

namespace idlewarden::smb {
namespace {

constexpr uint32_t kMaxPreferredLength = 0xFFFFFFFF;
constexpr uint32_t kLargestTime = 0x7FFFFFFF;
constexpr uint32_t kMoreData = 234;
// Padding to 8 bytes is tolerated at the end, if it is zero.
constexpr size_t kMostPadding = 7;

bool IsKnownLevel(uint32_t level) {
  return std::find(std::begin(kLevels), std::end(kLevels), level) != std::end(kLevels);
}

size_t FixedSize(uint32_t level) {
  const LevelFields fields = FieldsOf(level);
  const size_t words = size_t{1} + fields.user + fields.open_files + 2 * fields.times + fields.user_flags +
                       fields.client_type + fields.transport;
  return 4 * words;
}

// Level, tag, total 0, resume pointer, resume handle, return value and nothing else: a server whose interface does not
// know the level has an empty union arm (C706 14.3.8).
bool HasEmptyArm(absl::string_view stub) {
  constexpr size_t kSize = 24;
  constexpr size_t kTotalAt = 8;
  return stub.size() == kSize && stub.substr(kTotalAt, 4) == absl::string_view("\0\0\0\0", 4);
}

// The numbers of a row and which of its strings follow.
struct FixedPart {
  SessionRow row;
  bool client = false;
  bool user = false;
  bool client_type = false;
  bool transport = false;
};

uint32_t Time(NdrReader& reader) {
  const uint32_t seconds = reader.U32();
  return seconds > kLargestTime ? 0 : seconds;
}

FixedPart ReadFixedPart(const LevelFields& fields, NdrReader& reader) {
  FixedPart part;
  part.client = reader.Pointer();
  if (fields.user) part.user = reader.Pointer();
  if (fields.open_files) part.row.open_files = reader.U32();
  if (fields.times) {
    part.row.age_seconds = Time(reader);
    part.row.idle_seconds = Time(reader);
  }
  if (fields.user_flags) part.row.user_flags = reader.U32();
  if (fields.client_type) part.client_type = reader.Pointer();
  if (fields.transport) part.transport = reader.Pointer();
  return part;
}

SessionRow ReadStrings(FixedPart part, NdrReader& reader) {
  if (part.client) part.row.client = reader.String();
  if (part.user) part.row.user = reader.String();
  if (part.client_type) part.row.client_type = reader.String();
  if (part.transport) part.row.transport = reader.String();
  return std::move(part.row);
}

// All fixed parts come first, then each row's strings. Two readers walk over them side by side, so that nothing is
// kept for a row before its bytes have been seen.
std::vector<SessionRow> ReadRows(uint32_t level, uint32_t count, NdrReader& reader) {
  const LevelFields fields = FieldsOf(level);
  const size_t fixed_size = FixedSize(level) * size_t{count};
  if (count > kMostRows) {
    reader.Fail("more rows than any server has sessions");
    return {};
  }
  if (count > reader.remaining() / FixedSize(level)) {
    reader.Fail("more rows than the reply can hold");
    return {};
  }
  NdrReader fixed(reader.rest().substr(0, fixed_size));
  for (size_t i = 0; i < fixed_size / 4; ++i) reader.U32();
  std::vector<SessionRow> rows;
  for (uint32_t i = 0; i < count && reader.ok(); ++i) {
    FixedPart part = ReadFixedPart(fields, fixed);
    // At level 0 the name is all there is; without it millions of rows could come in a few bytes.
    if (level == 0 && !part.client) reader.Fail("a row without any field");
    rows.push_back(ReadStrings(std::move(part), reader));
  }
  return rows;
}

std::vector<SessionRow> ReadContainer(uint32_t level, NdrReader& reader) {
  const uint32_t count = reader.U32();
  if (!reader.Pointer()) {
    if (count != 0) reader.Fail("rows are announced and there is no array");
    return {};
  }
  if (reader.U32() != count) {
    reader.Fail("the array's size is not the number of rows");
    return {};
  }
  return ReadRows(level, count, reader);
}

void ReadTail(NdrReader& reader, EnumReply& reply) {
  reply.total_entries = reader.U32();
  if (reader.Pointer()) reply.resume_handle = reader.U32();
  reply.windows_error = reader.U32();
  const absl::string_view rest = reader.rest();
  if (rest.size() > kMostPadding || rest.find_first_not_of('\0') != absl::string_view::npos) {
    reader.Fail("bytes after the return value");
  }
}

// NULL for an empty name. MS-SRVS wants backslashes before a client, and none before a user.
void WriteOptionalName(absl::string_view prefix, absl::string_view name, NdrWriter& writer) {
  if (name.empty()) {
    writer.NullPointer();
  } else {
    writer.UniqueString(absl::StrCat(prefix, name));
  }
}

absl::StatusOr<std::string> Finish(NdrWriter& writer) {
  if (!writer.status().ok()) return writer.status();
  return writer.Take();
}

}  // namespace

LevelFields FieldsOf(uint32_t level) {
  LevelFields fields;
  if (level == 0 || !IsKnownLevel(level)) return fields;
  fields.user = fields.times = true;
  fields.open_files = fields.user_flags = level != 10;
  fields.client_type = level == 2 || level == 502;
  fields.transport = level == 502;
  return fields;
}

absl::StatusOr<std::string> EncodeSessionEnum(const EnumArguments& arguments) {
  NdrWriter writer;
  writer.UniqueString(absl::StrCat("\\\\", arguments.server));
  WriteOptionalName("\\\\", arguments.client, writer);
  WriteOptionalName("", arguments.user, writer);
  writer.U32(arguments.level);
  writer.U32(arguments.level);  // the union's tag
  writer.Pointer();             // Samba answers "no sessions" to a NULL container
  writer.U32(0);
  writer.NullPointer();
  writer.U32(kMaxPreferredLength);
  writer.Pointer();
  writer.U32(arguments.resume_handle);
  return Finish(writer);
}

absl::StatusOr<EnumReply> DecodeSessionEnum(uint32_t level, absl::string_view stub) {
  if (!IsKnownLevel(level)) return absl::InvalidArgumentError(absl::StrCat("no such level: ", level));
  if (stub.size() > kMostStubBytes) {
    return absl::DataLossError(absl::StrCat("a reply of ", stub.size(), " bytes is not looked at"));
  }
  NdrReader reader(stub);
  EnumReply reply;
  if (reader.U32() != level || reader.U32() != level) reader.Fail("another level than the one asked for");
  const bool container = !HasEmptyArm(stub) && reader.Pointer();
  if (container) reply.rows = ReadContainer(level, reader);
  ReadTail(reader, reply);
  const bool rows_count = reply.windows_error == 0 || reply.windows_error == kMoreData;
  if (rows_count && !container) reader.Fail("success without a container");
  if (!reader.ok()) return reader.status();
  if (!rows_count) reply.rows.clear();
  return reply;
}

absl::StatusOr<std::string> EncodeSessionDel(absl::string_view server, absl::string_view client,
                                             absl::string_view user) {
  NdrWriter writer;
  writer.UniqueString(absl::StrCat("\\\\", server));
  WriteOptionalName("\\\\", client, writer);
  WriteOptionalName("", user, writer);
  return Finish(writer);
}

absl::StatusOr<uint32_t> DecodeSessionDel(absl::string_view stub) {
  NdrReader reader(stub);
  const uint32_t windows_error = reader.U32();
  if (reader.rest().size() > kMostPadding || reader.rest().find_first_not_of('\0') != absl::string_view::npos) {
    reader.Fail("bytes after the return value");
  }
  if (!reader.ok()) return reader.status();
  return windows_error;
}

absl::StatusOr<std::string> EncodeRemoteTod(absl::string_view server) {
  NdrWriter writer;
  writer.UniqueString(absl::StrCat("\\\\", server));
  return Finish(writer);
}

}  // namespace idlewarden::smb
