// SPDX-License-Identifier: GPL-3.0-or-later
//
// UTF-8 to UTF-16LE and back, strictly: a name that was altered on the way would name another client or user in a
// close, so an unpaired surrogate or malformed UTF-8 is an error, never a replacement character.
//
// Plain functions, any thread.

#ifndef IDLEWARDEN_AGENT_SMB_WORKER_UTF16_H_
#define IDLEWARDEN_AGENT_SMB_WORKER_UTF16_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace idlewarden::smb {

// Code units without a final NUL. InvalidArgument for malformed UTF-8 (overlong forms, surrogates, > U+10FFFF) and NUL.
absl::StatusOr<std::u16string> Utf8ToUtf16(absl::string_view utf8);

// `bytes` holds little-endian code units without the final NUL; its size must be even. DataLoss for an unpaired
// surrogate or a NUL inside.
absl::StatusOr<std::string> Utf16LeToUtf8(absl::string_view bytes);

}  // namespace idlewarden::smb

#endif  // IDLEWARDEN_AGENT_SMB_WORKER_UTF16_H_
