// SPDX-License-Identifier: GPL-3.0-or-later
//
// NDR 2.0, little endian, as much of it as srvsvc's session calls use (C706 chapter 14; MS-RPCE 2.2.4): 32-bit numbers,
// [unique] pointers, [string] arrays of UTF-16. Written by ourselves so that bytes of a hostile server meet one small
// bounds-checked reader.
//
// A reader keeps its first error: callers read on and look at `status()` once. It never allocates more than the bytes
// that are really there. Not thread-safe; values of one call.

#ifndef IDLEWARDEN_AGENT_SMB_WORKER_NDR_H_
#define IDLEWARDEN_AGENT_SMB_WORKER_NDR_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace idlewarden::smb {

class NdrReader {
 public:
  // `bytes` must outlive the reader.
  explicit NdrReader(absl::string_view bytes) : bytes_(bytes) {}

  // Aligned to 4. 0 after an error, as all that follows.
  uint32_t U32();
  // The referent id of a [unique] pointer: whether it points to something.
  bool Pointer() { return U32() != 0; }
  // The text of a [string] WCHAR*, as UTF-8 without its NUL.
  std::string String();

  void Fail(absl::string_view what);
  bool ok() const { return status_.ok(); }
  const absl::Status& status() const { return status_; }
  size_t remaining() const { return bytes_.size() - at_; }
  absl::string_view rest() const { return bytes_.substr(at_); }

 private:
  const absl::string_view bytes_;
  size_t at_ = 0;
  absl::Status status_;
};

class NdrWriter {
 public:
  void U32(uint32_t value);
  // A [unique] pointer to something, with the next referent id; what it points to follows by the caller.
  void Pointer();
  void NullPointer() { U32(0); }
  // A [unique, string] WCHAR*: pointer and text. An error of the text is kept in status().
  void UniqueString(absl::string_view utf8);

  const absl::Status& status() const { return status_; }
  std::string Take() { return std::move(bytes_); }

 private:
  void Align();

  std::string bytes_;
  uint32_t next_referent_ = 0x00020000;
  absl::Status status_;
};

}  // namespace idlewarden::smb

#endif  // IDLEWARDEN_AGENT_SMB_WORKER_NDR_H_
