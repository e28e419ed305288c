// Faults that a simulated or recorded server can be told to have: the words of the settings, and of FaultScript, which
// carries them out.
//
// Plain values, no thread rule.

#ifndef IDLEWARDEN_AGENT_SETTINGS_FAULTS_H_
#define IDLEWARDEN_AGENT_SETTINGS_FAULTS_H_

#include <cstdint>
#include <limits>
#include <string>

#include "absl/time/time.h"

namespace idlewarden::agent {

enum class FaultCall : uint8_t { kEnumerate, kClose };

enum class FaultKind : uint8_t {
  // Both calls.
  kError,    // fails; a close does not reach the server
  kTimeout,  // fails with DeadlineExceeded (cause `timeout`) once the request's timeout has passed
  kHang,     // is answered only when ReleaseHung() is called, or the server destroyed
  kDelay,    // is answered as usual, `delay` later
  // Enumerations: the answer is falsified.
  kHalfReply,      // breaks off in mid-reply: DataLoss (cause `protocol`)
  kEmpty,          // no rows, as a complete answer
  kDuplicateRows,  // each row twice
  kIdleJump,       // `amount` seconds are added to every idle time
  kAgeJump,        // the same for age
  kAllZeroIdle,    // every idle time is 0
  kNoIdle,         // no idle times, as level 0 answers
  kAbsurdValues,   // idle, age and open files are 4294967295
  kManyRows,       // rows are added until there are `amount`
  // Closes.
  kLostReply,  // the server does it, but the call fails
  kIgnored,    // the call succeeds, but nothing is closed
};

// One entry of `faults` of a server.
struct FaultSettings {
  FaultCall call = FaultCall::kEnumerate;
  FaultKind kind = FaultKind::kError;
  int skip = 0;   // calls of this kind that pass before
  int count = 1;  // calls that it then applies to
  // Of kError and kLostReply: a Windows error number, or 0 and a cause of the transport.
  uint32_t windows_error = 0;
  std::string cause = "disconnected";
  int64_t amount = 0;
  absl::Duration delay;

  static constexpr int kForever = std::numeric_limits<int>::max();

  friend bool operator==(const FaultSettings&, const FaultSettings&) = default;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SETTINGS_FAULTS_H_
