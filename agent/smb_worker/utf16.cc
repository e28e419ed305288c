// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/utf16.h"

#include <cstddef>
#include <cstdint>

namespace idlewarden::smb {
namespace {

bool IsHighSurrogate(uint32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool IsLowSurrogate(uint32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

// The length of the sequence that starts with `lead`, 0 if none does.
size_t SequenceLength(uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

// Decodes one code point at `at` and moves past it; 0 for malformed text and for NUL.
uint32_t NextCodePoint(absl::string_view text, size_t& at) {
  static constexpr uint32_t kLeadMask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  static constexpr uint32_t kSmallest[] = {0, 1, 0x80, 0x800, 0x10000};
  const uint8_t lead = static_cast<uint8_t>(text[at]);
  const size_t length = SequenceLength(lead);
  if (length == 0 || text.size() - at < length) return 0;
  uint32_t point = lead & kLeadMask[length];
  for (size_t i = 1; i < length; ++i) {
    const uint8_t next = static_cast<uint8_t>(text[at + i]);
    if ((next & 0xC0) != 0x80) return 0;
    point = point << 6 | (next & 0x3F);
  }
  at += length;
  const bool valid = point >= kSmallest[length] && point <= 0x10FFFF && !(point >= 0xD800 && point <= 0xDFFF);
  return valid ? point : 0;
}

void AppendUtf8(uint32_t point, std::string& out) {
  if (point < 0x80) {
    out.push_back(static_cast<char>(point));
  } else if (point < 0x800) {
    out.push_back(static_cast<char>(0xC0 | point >> 6));
    out.push_back(static_cast<char>(0x80 | (point & 0x3F)));
  } else if (point < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | point >> 12));
    out.push_back(static_cast<char>(0x80 | (point >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (point & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xF0 | point >> 18));
    out.push_back(static_cast<char>(0x80 | (point >> 12 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (point >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (point & 0x3F)));
  }
}

}  // namespace

absl::StatusOr<std::u16string> Utf8ToUtf16(absl::string_view utf8) {
  std::u16string out;
  out.reserve(utf8.size());
  for (size_t at = 0; at < utf8.size();) {
    const uint32_t point = NextCodePoint(utf8, at);
    if (point == 0) return absl::InvalidArgumentError("a name is not valid UTF-8");
    if (point < 0x10000) {
      out.push_back(static_cast<char16_t>(point));
    } else {
      out.push_back(static_cast<char16_t>(0xD800 + ((point - 0x10000) >> 10)));
      out.push_back(static_cast<char16_t>(0xDC00 + ((point - 0x10000) & 0x3FF)));
    }
  }
  return out;
}

absl::StatusOr<std::string> Utf16LeToUtf8(absl::string_view bytes) {
  if (bytes.size() % 2 != 0) return absl::DataLossError("half a UTF-16 code unit");
  const auto unit_at = [bytes](size_t at) {
    return static_cast<uint32_t>(static_cast<uint8_t>(bytes[at]) | static_cast<uint8_t>(bytes[at + 1]) << 8);
  };
  std::string out;
  out.reserve(bytes.size() / 2);
  for (size_t at = 0; at < bytes.size(); at += 2) {
    uint32_t point = unit_at(at);
    if (point == 0) return absl::DataLossError("a NUL inside a name");
    if (IsLowSurrogate(point)) return absl::DataLossError("an unpaired surrogate in a name");
    if (IsHighSurrogate(point)) {
      at += 2;
      if (at >= bytes.size() || !IsLowSurrogate(unit_at(at))) {
        return absl::DataLossError("an unpaired surrogate in a name");
      }
      point = 0x10000 + ((point - 0xD800) << 10) + (unit_at(at) - 0xDC00);
    }
    AppendUtf8(point, out);
  }
  return out;
}

}  // namespace idlewarden::smb
