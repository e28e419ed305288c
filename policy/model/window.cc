#include "policy/model/window.h"

#include <algorithm>

namespace idlewarden::policy {
namespace {

bool BeginsOn(const Window& window, absl::CivilDay day) {
  if (!window.days.test(static_cast<size_t>(absl::GetWeekday(day)))) return false;
  return std::find(window.except_dates.begin(), window.except_dates.end(), day) == window.except_dates.end();
}

}  // namespace

bool Window::Contains(absl::Time at) const {
  const absl::CivilMinute now = absl::ToCivilMinute(at, time_zone);
  const absl::CivilDay today(now);
  const int minute = now.hour() * 60 + now.minute();
  if (from_minute < to_minute) return minute >= from_minute && minute < to_minute && BeginsOn(*this, today);
  return (minute >= from_minute && BeginsOn(*this, today)) || (minute < to_minute && BeginsOn(*this, today - 1));
}

}  // namespace idlewarden::policy
