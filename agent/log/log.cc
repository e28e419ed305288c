#include "agent/log/log.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "policy/model/escape_for_display.h"
#include "spdlog/pattern_formatter.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

namespace idlewarden::agent {
namespace {

std::atomic<LogLevel> g_level = LogLevel::kInfo;

struct SinkHolder {
  std::mutex mutex;
  LogSink sink;  // guarded by mutex
};

// Never destroyed: threads may log while the process exits.
SinkHolder& Sinks() {
  static SinkHolder* const holder = new SinkHolder;
  return *holder;
}

// systemd sets JOURNAL_STREAM to device:inode of the stream it connected (systemd.exec(5)).
bool StandardErrorIsTheJournal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status;
  if (stream == nullptr || fstat(STDERR_FILENO, &status) != 0) return false;
  return absl::StrCat(status.st_dev, ":", status.st_ino) == stream;
}

spdlog::logger& StandardError() {
  static spdlog::logger* const logger = [] {
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    auto* made = new spdlog::logger("idlewarden", std::move(sink));
    made->set_level(spdlog::level::debug);
    made->flush_on(spdlog::level::debug);
    const char* pattern = StandardErrorIsTheJournal() ? "%v" : "time=%Y-%m-%dT%H:%M:%S.%fZ %v";
    made->set_formatter(std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc));
    return made;
  }();
  return *logger;
}

// sd-daemon(3).
absl::string_view JournalPrefix(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "<7>";
    case LogLevel::kInfo:
      return "<6>";
    case LogLevel::kWarning:
      return "<4>";
    case LogLevel::kError:
      return "<3>";
  }
  return "";
}

void WriteToStandardError(LogLevel level, const std::string& text) {
  static const bool journal = StandardErrorIsTheJournal();
  const std::string line = journal ? absl::StrCat(JournalPrefix(level), text) : text;
  StandardError().log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

bool IsPlainWord(absl::string_view value) {
  if (value.empty()) return false;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte >= 0x7F || c == '"' || c == '=' || c == '\\') return false;
  }
  return true;
}

// Appends the escaped form of the character at the front of `text` and returns its length in bytes.
size_t AppendEscaped(absl::string_view text, std::string& out) {
  if (text[0] != '"' && text[0] != '\\') return policy::AppendPrintable(text, out);
  absl::StrAppend(&out, "\\", text.substr(0, 1));
  return 1;
}

}  // namespace

absl::string_view LogLevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "unknown";
}

absl::StatusOr<LogLevel> ParseLogLevel(absl::string_view name) {
  for (const LogLevel level : {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    if (name == LogLevelName(level)) return level;
  }
  return absl::InvalidArgumentError(absl::StrCat("\"", name, "\" is not one of debug, info, warning, error"));
}

std::string LogfmtValue(absl::string_view value) {
  if (IsPlainWord(value)) return std::string(value);
  std::string quoted = "\"";
  while (!value.empty()) value.remove_prefix(AppendEscaped(value, quoted));
  quoted.push_back('"');
  return quoted;
}

std::string FormatLogText(LogLevel level, absl::string_view event, const std::vector<LogField>& fields) {
  std::string text = absl::StrCat("level=", LogLevelName(level), " event=", LogfmtValue(event));
  for (const LogField& field : fields) absl::StrAppend(&text, " ", field.key, "=", LogfmtValue(field.value));
  return text;
}

void SetLogLevel(LogLevel level) { g_level = level; }

bool LogEnabled(LogLevel level) { return level >= g_level.load(); }

void Log(LogLevel level, absl::string_view event, const std::vector<LogField>& fields) {
  if (!LogEnabled(level)) return;
  std::string text = FormatLogText(level, event, fields);
  SinkHolder& sinks = Sinks();
  {
    std::lock_guard<std::mutex> lock(sinks.mutex);
    if (sinks.sink) {
      sinks.sink(LogRecord{level, std::string(event), fields, std::move(text)});
      return;
    }
  }
  WriteToStandardError(level, text);
}

void Log(LogLevel level, absl::string_view event, std::initializer_list<LogField> fields) {
  Log(level, event, std::vector<LogField>(fields));
}

std::string LogRecord::Field(absl::string_view key) const {
  for (const LogField& field : fields) {
    if (field.key == key) return field.value;
  }
  return "";
}

ScopedLogSink::ScopedLogSink(LogSink sink) {
  std::lock_guard<std::mutex> lock(Sinks().mutex);
  previous_ = std::exchange(Sinks().sink, std::move(sink));
}

ScopedLogSink::~ScopedLogSink() {
  std::lock_guard<std::mutex> lock(Sinks().mutex);
  Sinks().sink = std::move(previous_);
}

}  // namespace idlewarden::agent
