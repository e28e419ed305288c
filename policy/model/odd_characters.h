// Characters that look like others, or like nothing: editors, web pages and spreadsheets put them into names, and then
// nobody is matched.
//
// Pure function.

#ifndef IDLEWARDEN_POLICY_MODEL_ODD_CHARACTERS_H_
#define IDLEWARDEN_POLICY_MODEL_ODD_CHARACTERS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace idlewarden::policy {

// Each once, in order, with its name in Unicode: "U+201C LEFT DOUBLE QUOTATION MARK". They are quotes and dashes but
// those of ASCII, all blanks but the space, and what has no width: joiners, marks of direction, the soft hyphen.
std::vector<std::string> OddCharacters(absl::string_view utf8);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_ODD_CHARACTERS_H_
