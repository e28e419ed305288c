// What the output goes to: a person's terminal of some width, or a file or pipe.
//
// Colour and shortening are for terminals only, so that scripts always see the same full text. Values; no thread rule.

#ifndef IDLEWARDEN_TOOLS_CLI_TERMINAL_H_
#define IDLEWARDEN_TOOLS_CLI_TERMINAL_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace idlewarden::tools {

struct Terminal {
  size_t width = 0;     // columns; 0: not a terminal, nothing is shortened
  bool colour = false;  // only on a terminal, and not with NO_COLOR or TERM=dumb
};

enum class Style { kPlain, kBold, kFaint, kGreen, kYellow, kRed };

// Looks at the file descriptor and the environment.
Terminal DetectTerminal(int fd);

// `text` in escape sequences of `style`, or unchanged where there is no colour.
std::string Styled(absl::string_view text, Style style, const Terminal& terminal);

// Columns that `text` takes: two for wide characters (日本), none for combining marks, else one for each character.
size_t DisplayWidth(absl::string_view text);

// `text` cut to `width` columns, with an ellipsis in the last one if something was cut.
std::string Shorten(absl::string_view text, size_t width);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_TERMINAL_H_
