#include "tools/import/text.h"

#include <unicode/ucnv.h>
#include <unicode/unistr.h>

#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "policy/model/fold_case.h"

namespace idlewarden::tools {
namespace {

// Without a byte order mark: two ASCII characters at the beginning, as all that is read here begins with.
absl::string_view Utf16WithoutMark(absl::string_view bytes) {
  if (bytes.size() < 4) return "";
  const bool little = bytes[0] != 0 && bytes[1] == 0 && bytes[2] != 0 && bytes[3] == 0;
  const bool big = bytes[0] == 0 && bytes[1] != 0 && bytes[2] == 0 && bytes[3] != 0;
  return little ? "UTF-16LE" : big ? "UTF-16BE" : "";
}

absl::StatusOr<std::string> FromUtf16(absl::string_view bytes, absl::string_view encoding) {
  if (bytes.size() % 2 != 0 || bytes.size() > std::numeric_limits<int32_t>::max() / 2) {
    return absl::InvalidArgumentError("the text begins as UTF-16 and ends within a character: is the file whole?");
  }
  UErrorCode error = U_ZERO_ERROR;
  UConverter* const converter = ucnv_open(std::string(encoding).c_str(), &error);
  const icu::UnicodeString text(bytes.data(), static_cast<int32_t>(bytes.size()), converter, error);
  ucnv_close(converter);
  if (U_FAILURE(error)) return absl::InvalidArgumentError("the text begins as UTF-16 and is not");
  std::string utf8;
  text.toUTF8String(utf8);
  return utf8;
}

struct Look {
  const char* sign;
  const char* what;
};

// Signs of texts that people have at hand, in the order in which they are looked for.
constexpr Look kLooks[] = {
    {"\"smb_conf\"", "the JSON of smbstatus; use --from smbstatus"},
    {"Samba version", "smbstatus without --json; run: smbstatus --json"},
    {"\"ClientComputerName\"", "Get-SmbSession as JSON or CSV; use --from get-smbsession"},
    {"ClientComputerName", "the table or list of Get-SmbSession; run: Get-SmbSession | ConvertTo-Json"},
    {"Opens Idle time", "net session; use --from net-session"},
    {"# Opens", "net session /list; use --from net-session"},
    {"\"servers\"", "a snapshot already; give it to idlewarden preview as it is"},
};

}  // namespace

absl::StatusOr<std::string> DecodeText(absl::string_view bytes) {
  if (absl::ConsumePrefix(&bytes, "\xFF\xFE")) return FromUtf16(bytes, "UTF-16LE");
  if (absl::ConsumePrefix(&bytes, "\xFE\xFF")) return FromUtf16(bytes, "UTF-16BE");
  if (const absl::string_view encoding = Utf16WithoutMark(bytes); !encoding.empty()) return FromUtf16(bytes, encoding);
  absl::ConsumePrefix(&bytes, "\xEF\xBB\xBF");
  if (policy::FindInvalidUtf8(bytes) != absl::string_view::npos) {
    return absl::InvalidArgumentError(
        "the text is neither UTF-8 nor UTF-16: a console's code page, perhaps; write the file with "
        "Out-File -Encoding utf8");
  }
  return std::string(bytes);
}

std::optional<int64_t> ParseCount(absl::string_view text) {
  int64_t number = 0;
  if (!absl::SimpleAtoi(text, &number) || number < 0) return std::nullopt;
  return number;
}

absl::Status NotThatFormat(absl::string_view text, absl::string_view wanted, absl::string_view command) {
  if (absl::StripAsciiWhitespace(text).empty()) {
    return absl::InvalidArgumentError(absl::StrCat("the text is empty; make it with: ", command));
  }
  for (const Look& look : kLooks) {
    if (absl::StrContains(text, look.sign)) {
      return absl::InvalidArgumentError(absl::StrCat("this is not ", wanted, ". It looks like ", look.what));
    }
  }
  return absl::InvalidArgumentError(absl::StrCat("this is not ", wanted, "; make it with: ", command));
}

policy::Snapshot SnapshotOf(const ImportOptions& options, absl::string_view server_in_text,
                            std::optional<absl::Time> taken_at_in_text, policy::ServerSnapshot server) {
  server.name = !options.server.empty()  ? options.server
                : server_in_text.empty() ? kUnnamedServer
                                         : std::string(server_in_text);
  policy::Snapshot snapshot;
  // In whole seconds: nobody knows better when it was printed.
  snapshot.taken_at =
      absl::FromUnixSeconds(absl::ToUnixSeconds(options.taken_at.value_or(taken_at_in_text.value_or(options.now))));
  snapshot.servers.push_back(std::move(server));
  return snapshot;
}

std::string CountText(size_t count, absl::string_view one) {
  return absl::StrCat(count, " ", one, count == 1 ? "" : "s");
}

}  // namespace idlewarden::tools
