// A WINDOW of `during`: days and wall-clock times of one time zone.
//
// Windows compare wall-clock readings, so a local time that daylight saving skips never comes and one that it repeats
// comes twice. Immutable values.

#ifndef IDLEWARDEN_POLICY_MODEL_WINDOW_H_
#define IDLEWARDEN_POLICY_MODEL_WINDOW_H_

#include <bitset>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace idlewarden::policy {

struct Window {
  std::bitset<7> days{0x7f};  // indexed by absl::Weekday: Monday is 0
  int from_minute = 0;        // of the day, included
  int to_minute = 24 * 60;    // excluded; not above from_minute: the window crosses midnight
  std::string zone = "UTC";   // IANA name of `time_zone`
  absl::TimeZone time_zone = absl::UTCTimeZone();
  std::vector<absl::CivilDay> except_dates;  // days on which no window begins

  bool Contains(absl::Time at) const;
  friend bool operator==(const Window&, const Window&) = default;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_WINDOW_H_
