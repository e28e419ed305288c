#include "policy/reader/read_ahead.h"

namespace idlewarden::policy {
namespace {

// Whatever can begin or end a token. Between two scalars stands at least one of them, or one of them is quoted.
constexpr absl::string_view kIndicators = "[]{},:?&*!\"'";

}  // namespace

ReadAhead::ReadAhead(absl::string_view text, size_t depth) : depth_(depth) {
  char* begin = const_cast<char*>(text.data());  // streambuf's interface; a get area is never written to
  setg(begin, begin, begin + text.size());
}

std::streamsize ReadAhead::xsgetn(char* to, std::streamsize count) {
  const auto start = static_cast<size_t>(gptr() - eback());
  const std::streamsize got = std::streambuf::xsgetn(to, count);
  for (std::streamsize i = 0; i < got; ++i) Count(to[i], start + static_cast<size_t>(i));
  if (open_ > kMaxOpen) throw TooFar{true, deep_offset_};
  if (indicators_ > kMaxIndicators) throw TooFar{false, start};
  return got;
}

void ReadAhead::Count(char c, size_t offset) {
  if (c == '[' || c == '{') {
    if (open_++ == depth_) deep_offset_ = offset;
  } else if ((c == ']' || c == '}') && open_ > 0) {
    --open_;
  }
  if (kIndicators.find(c) != absl::string_view::npos) ++indicators_;
}

}  // namespace idlewarden::policy
