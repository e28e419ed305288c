#include "tools/cli/diagnostics.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

namespace idlewarden::tools {

std::string DiagnosticJson(const policy::Diagnostic& diagnostic) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
  const auto text = [&json](const char* name, absl::string_view value) {
    json.Key(name);
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  json.StartObject();
  text("file", diagnostic.file);
  json.Key("line");
  json.Int(diagnostic.line);
  json.Key("column");
  json.Int(diagnostic.column);
  text("severity", policy::SeverityName(diagnostic.severity));
  text("code", policy::CodeName(diagnostic.code));
  text("message", diagnostic.message);
  json.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize());
}

std::string Counted(size_t count, absl::string_view word) {
  return absl::StrCat(count, " ", word, count == 1 ? "" : "s");
}

std::string CountDiagnostics(absl::Span<const policy::Diagnostic> diagnostics) {
  const size_t errors = std::count_if(diagnostics.begin(), diagnostics.end(), [](const policy::Diagnostic& finding) {
    return finding.severity == policy::Severity::kError;
  });
  return absl::StrCat(Counted(errors, "error"), ", ", Counted(diagnostics.size() - errors, "warning"));
}

}  // namespace idlewarden::tools
