// A stream over a text that watches how far the YAML parser reads ahead of what it has told us.
//
// yaml-cpp keeps every token of a flow collection ([…], {…}) in memory until its end, because all of it could turn out
// to be the key of a map: sixteen megabytes of "[" take gigabytes. What it keeps can be no more than the indicators
// that it has read since its latest event, so these are counted here, and too many end the parse. No knowledge of
// YAML's quotes and comments is needed, nothing can hide from it, and only a text without any sense comes near the
// limits.

#ifndef IDLEWARDEN_POLICY_READER_READ_AHEAD_H_
#define IDLEWARDEN_POLICY_READER_READ_AHEAD_H_

#include <cstddef>
#include <streambuf>

#include "absl/strings/string_view.h"

namespace idlewarden::policy {

class ReadAhead : public std::streambuf {
 public:
  // More brackets open than closed, and indicators of any kind, since the latest event.
  static constexpr size_t kMaxOpen = 50'000;
  static constexpr size_t kMaxIndicators = 1'000'000;

  // Thrown out of the parser. `offset` is that of the bracket that made it too deep, or of where reading stopped.
  struct TooFar {
    bool too_deep;
    size_t offset;
  };

  // `text` must outlive the stream. A bracket is too deep if `depth` others are open around it.
  ReadAhead(absl::string_view text, size_t depth);

  // The parser has told of something: what it kept is gone.
  void OnEvent() { open_ = indicators_ = 0; }

 protected:
  std::streamsize xsgetn(char* to, std::streamsize count) override;

 private:
  void Count(char c, size_t offset);

  size_t depth_;
  size_t open_ = 0;
  size_t indicators_ = 0;
  size_t deep_offset_ = 0;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_READER_READ_AHEAD_H_
