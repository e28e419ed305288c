// SPDX-License-Identifier: GPL-3.0-or-later
//
// Decodes the input as a reply at every level. Names that come out must be valid UTF-8 (they are encoded again), and
// rows must be paid for by input bytes. The corpus holds the test vectors (srvsvc_corpus/*).

#include <cstdint>
#include <cstdlib>

#include "agent/smb_worker/srvsvc.h"
#include "agent/smb_worker/utf16.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace idlewarden::smb;  // NOLINT(google-build-using-namespace): a fuzz target's only function
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (uint32_t level : kLevels) {
    const absl::StatusOr<EnumReply> reply = DecodeSessionEnum(level, bytes);
    if (!reply.ok()) continue;
    if (reply->rows.size() > size / 4) std::abort();
    for (const SessionRow& row : reply->rows) {
      for (const std::string& name : {row.client, row.user, row.client_type, row.transport}) {
        if (!Utf8ToUtf16(name).ok()) std::abort();
      }
      if (!EncodeSessionDel("server", row.client, row.user).ok()) std::abort();
    }
  }
  (void)DecodeSessionDel(bytes);
  return 0;
}
