// Structured log lines in logfmt on standard error, one event a line:
//
//   time=2026-11-22T10:00:00.123456Z level=warning event=enumeration-failed server=fs01 cause=timeout
//
// Use: Log(LogLevel::kInfo, "session-closed", {{"server", name}, {"user", user}, {"took", duration}});
// `event` is a fixed word that scripts may rely on; everything that varies is a field. Values come from servers and
// files, so each is quoted and escaped where needed: a user named "a\nlevel=error" stays within its quotes.
//
// Under systemd (JOURNAL_STREAM names standard error) lines begin with the journal's priority (<4>) instead of the
// time, which the journal keeps itself.
//
// Threads: all functions may be called from any thread.

#ifndef IDLEWARDEN_AGENT_LOG_LOG_H_
#define IDLEWARDEN_AGENT_LOG_LOG_H_

#include <functional>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace idlewarden::agent {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// "debug", "info", "warning", "error".
absl::string_view LogLevelName(LogLevel level);
// The reverse; InvalidArgument that lists the names otherwise.
absl::StatusOr<LogLevel> ParseLogLevel(absl::string_view name);

// One key=value. Text, numbers, bool, absl::Duration (as 1.5s), absl::Time (RFC 3339, UTC) and absl::Status are values.
struct LogField {
  template <typename Value>
  LogField(absl::string_view name, const Value& content) : key(name), value(ToText(content)) {}

  std::string key;
  std::string value;

 private:
  template <typename Value>
  static std::string ToText(const Value& content) {
    if constexpr (std::is_same_v<Value, bool>) {
      return content ? "true" : "false";
    } else if constexpr (std::is_same_v<Value, absl::Duration>) {
      return absl::FormatDuration(content);
    } else if constexpr (std::is_same_v<Value, absl::Time>) {
      return absl::FormatTime(absl::RFC3339_full, content, absl::UTCTimeZone());
    } else if constexpr (std::is_same_v<Value, absl::Status>) {
      return content.ToString(absl::StatusToStringMode::kWithNoExtraData);
    } else {
      return absl::StrCat(content);
    }
  }
};

void Log(LogLevel level, absl::string_view event, std::initializer_list<LogField> fields = {});
void Log(LogLevel level, absl::string_view event, const std::vector<LogField>& fields);

// Events below the level are dropped. Default: kInfo.
void SetLogLevel(LogLevel level);
bool LogEnabled(LogLevel level);

// One event as a sink gets it. `text` is the line without time: level=… event=… key=value …
struct LogRecord {
  LogLevel level;
  std::string event;
  std::vector<LogField> fields;
  std::string text;

  // The first value of `key`, empty if there is none.
  std::string Field(absl::string_view key) const;
};
using LogSink = std::function<void(const LogRecord&)>;

// Sends events to `sink` instead of standard error while it lives; restores the sink before it. For tests, and for
// tools, whose users have not asked for log lines. The sink is called by one thread at a time and must not log.
class ScopedLogSink {
 public:
  explicit ScopedLogSink(LogSink sink);
  ScopedLogSink(const ScopedLogSink&) = delete;
  ScopedLogSink& operator=(const ScopedLogSink&) = delete;
  ~ScopedLogSink();

 private:
  LogSink previous_;
};

// The pieces, for tests and for programs that print in the same way.
std::string FormatLogText(LogLevel level, absl::string_view event, const std::vector<LogField>& fields);
// `value` as logfmt writes it: bare if it is a plain word, else in quotes with escapes for control characters, quotes
// and backslashes. Bytes that are not UTF-8 become \xNN.
std::string LogfmtValue(absl::string_view value);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LOG_LOG_H_
