// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/ndr.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "agent/smb_worker/utf16.h"

namespace idlewarden::smb {

void NdrReader::Fail(absl::string_view what) {
  if (!status_.ok()) return;
  status_ = absl::DataLossError(absl::StrCat("malformed reply at byte ", at_, " of ", bytes_.size(), ": ", what));
  at_ = bytes_.size();
}

uint32_t NdrReader::U32() {
  if (!ok()) return 0;
  const size_t start = (at_ + 3) & ~size_t{3};
  if (start > bytes_.size() || bytes_.size() - start < 4) {
    Fail("it ends early");
    return 0;
  }
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) {
    value |= static_cast<uint32_t>(static_cast<uint8_t>(bytes_[start + i])) << (8 * i);
  }
  at_ = start + 4;
  return value;
}

std::string NdrReader::String() {
  const uint32_t max_count = U32();
  const uint32_t offset = U32();
  const uint32_t count = U32();
  if (!ok()) return "";
  if (offset != 0 || count == 0 || count > max_count) {
    Fail("a string's counts contradict each other");
    return "";
  }
  if (count > remaining() / 2) {
    Fail("a string is longer than the reply");
    return "";
  }
  const size_t size = size_t{2} * count;
  if (bytes_[at_ + size - 2] != 0 || bytes_[at_ + size - 1] != 0) {
    Fail("a string does not end with NUL");
    return "";
  }
  absl::StatusOr<std::string> text = Utf16LeToUtf8(bytes_.substr(at_, size - 2));
  if (!text.ok()) {
    Fail(text.status().message());
    return "";
  }
  at_ += size;
  return *std::move(text);
}

void NdrWriter::Align() { bytes_.resize((bytes_.size() + 3) & ~size_t{3}, '\0'); }

void NdrWriter::U32(uint32_t value) {
  Align();
  for (int shift = 0; shift < 32; shift += 8) bytes_.push_back(static_cast<char>(value >> shift & 0xFF));
}

void NdrWriter::Pointer() {
  U32(next_referent_);
  next_referent_ += 4;
}

void NdrWriter::UniqueString(absl::string_view utf8) {
  absl::StatusOr<std::u16string> units = Utf8ToUtf16(utf8);
  if (!units.ok()) {
    status_.Update(units.status());
    return;
  }
  Pointer();
  const uint32_t count = static_cast<uint32_t>(units->size() + 1);
  U32(count);
  U32(0);
  U32(count);
  units->push_back(u'\0');
  for (char16_t unit : *units) {
    bytes_.push_back(static_cast<char>(unit & 0xFF));
    bytes_.push_back(static_cast<char>(unit >> 8));
  }
}

}  // namespace idlewarden::smb
