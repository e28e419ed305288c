// Collects the diagnostics of one policy while its stages run. Places refer to files by index (Policy::files).

#ifndef IDLEWARDEN_POLICY_DIAGNOSTICS_DIAGNOSTIC_LIST_H_
#define IDLEWARDEN_POLICY_DIAGNOSTICS_DIAGNOSTIC_LIST_H_

#include <string>
#include <vector>

#include "policy/diagnostics/diagnostic.h"
#include "policy/model/escape_for_display.h"
#include "policy/model/policy.h"

namespace idlewarden::policy {

// Threads: not synchronised.
class DiagnosticList {
 public:
  // A file with more errors (or warnings) than this is broken as a whole; the rest would only bury the first ones.
  static constexpr size_t kMaxOfEach = 1000;

  explicit DiagnosticList(std::string file_name) : files_{std::move(file_name)} {}

  // Index for Place::file.
  uint32_t AddFile(std::string name) {
    files_.push_back(std::move(name));
    return static_cast<uint32_t>(files_.size() - 1);
  }
  const std::vector<std::string>& files() const { return files_; }

  // Messages quote what files say: they are kept in printable form.
  void Add(Code code, const Place& place, const std::string& text) {
    const Severity severity = CodeSeverity(code);
    size_t& count = severity == Severity::kError ? errors_ : warnings_;
    if (++count > kMaxOfEach) return;
    std::string message = EscapeForDisplay(text);
    if (count == kMaxOfEach) message += " (further ones are not shown)";
    found_.push_back({severity, code, files_[place.file], static_cast<int>(place.line), static_cast<int>(place.column),
                      std::move(message)});
  }

  // False once further errors are not kept: costly wordings are then spared.
  bool keeps_errors() const { return errors_ < kMaxOfEach; }

  bool has_errors() const { return errors_ > 0; }

  // In the order of the files' places.
  std::vector<Diagnostic> Take() {
    SortDiagnostics(found_);
    return std::move(found_);
  }

 private:
  std::vector<std::string> files_;
  std::vector<Diagnostic> found_;
  size_t errors_ = 0;
  size_t warnings_ = 0;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_DIAGNOSTICS_DIAGNOSTIC_LIST_H_
