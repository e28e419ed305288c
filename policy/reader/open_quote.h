// Finds the quote that a text leaves open.
//
// The YAML parser only says that the text ended within a quoted scalar, which may have begun anywhere above. Pure.

#ifndef IDLEWARDEN_POLICY_READER_OPEN_QUOTE_H_
#define IDLEWARDEN_POLICY_READER_OPEN_QUOTE_H_

#include <optional>

#include "absl/strings/string_view.h"

namespace idlewarden::policy {

// Where it opened, as the YAML parser counts: from 0, columns in bytes.
struct OpenQuote {
  char quote;  // ' or "
  int line;
  int column;
};

// `text` must be one at whose end the YAML parser missed a closing quote. Nothing where the parser stumbles over
// something else before it tells of the quote.
std::optional<OpenQuote> FindOpenQuote(absl::string_view text);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_READER_OPEN_QUOTE_H_
