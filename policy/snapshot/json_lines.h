// Splits the text of a snapshot file into its JSON documents: one, or one a line.

#ifndef IDLEWARDEN_POLICY_SNAPSHOT_JSON_LINES_H_
#define IDLEWARDEN_POLICY_SNAPSHOT_JSON_LINES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace idlewarden::policy {

// As simdjson takes it: `capacity` counts readable bytes from `data` on, well past the document.
struct JsonDocument {
  const char* data;
  size_t size;
  size_t capacity;
  size_t line;  // 1-based
};

// The text with the padding that simdjson reads past a document's end.
class PaddedJson {
 public:
  explicit PaddedJson(std::string text);

  // Valid as long as this lives. JSON lines are told from one document over several lines by whether the first line
  // that is not blank is a document by itself.
  std::vector<JsonDocument> Documents() const;

 private:
  std::string text_;
  size_t size_;  // without the padding
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_SNAPSHOT_JSON_LINES_H_
