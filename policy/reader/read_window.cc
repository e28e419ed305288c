#include "policy/reader/read_window.h"

#include <algorithm>
#include <array>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "policy/diagnostics/wording.h"
#include "policy/reader/node_reader.h"

namespace idlewarden::policy {
namespace {

constexpr std::array<absl::string_view, 7> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr std::array<absl::string_view, 5> kWindowKeys = {"days", "from", "to", "zone", "except_dates"};

// The zone database is looked up by name; a name must not reach other files, nor the machine's own zone, which would
// make one policy mean different things on different machines.
bool IsZoneName(absl::string_view name) {
  if (name.empty() || name == "localtime" || name.front() == '/' || absl::StrContains(name, "..")) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return absl::ascii_isalnum(c) || c == '/' || c == '_' || c == '-' || c == '+'; });
}

// 0-6, or -1.
int DayIndex(absl::string_view day) {
  const auto found = std::find(kDays.begin(), kDays.end(), day);
  return found == kDays.end() ? -1 : static_cast<int>(found - kDays.begin());
}

// "; did you mean \"mon-thu\"?" or "".
std::string SuggestDays(const std::vector<std::string>& ends) {
  if (ends.size() > 2) return "; a range has two ends";
  std::vector<std::string> meant;
  for (const std::string& end : ends) {
    // A day written out begins with its short form.
    const std::string begin = absl::AsciiStrToLower(absl::string_view(end).substr(0, 3));
    meant.push_back(DayIndex(begin) >= 0 ? begin : Closest(end, kDays));
    if (meant.back().empty()) return "";
  }
  return absl::StrCat("; did you mean \"", absl::StrJoin(meant, "-"), "\"?");
}

void ReadDay(const YamlNode& node, std::bitset<7>& days, DiagnosticList& diagnostics) {
  const std::optional<std::string> text = ReadText(node, "a day", diagnostics);
  if (!text.has_value()) return;
  const std::vector<std::string> ends = absl::StrSplit(*text, '-');
  const int first = DayIndex(ends.front());
  const int last = DayIndex(ends.back());
  if (ends.size() > 2 || first < 0 || last < 0) {
    diagnostics.Add(Code::kBadDay, node.place,
                    absl::StrCat(Quoted(*text),
                                 " is not a day; write mon, tue, wed, thu, fri, sat, sun or a range "
                                 "such as mon-fri",
                                 SuggestDays(ends)));
    return;
  }
  for (int day = first;; day = (day + 1) % 7) {
    days.set(day);
    if (day == last) break;
  }
}

std::bitset<7> ReadDays(const YamlNode& node, DiagnosticList& diagnostics) {
  std::bitset<7> days;
  const auto* items = ReadSequence(node, "`days`", diagnostics);
  if (items == nullptr) return days;
  if (items->empty()) {
    diagnostics.Add(Code::kEmptyList, node.place,
                    "`days` is empty, so the window would never hold; leave it out for every day");
  }
  for (const YamlNode* item : *items) ReadDay(*item, days, diagnostics);
  return days;
}

// Minutes of the day; 24:00 only as an end.
std::optional<int> ReadTime(const YamlNode& node, absl::string_view what, bool is_end, DiagnosticList& diagnostics) {
  const std::optional<std::string> text = ReadText(node, what, diagnostics);
  if (!text.has_value()) return std::nullopt;
  const auto digit = [&](size_t i) { return absl::ascii_isdigit((*text)[i]); };
  if (text->size() == 5 && digit(0) && digit(1) && (*text)[2] == ':' && digit(3) && digit(4)) {
    const int hour = std::stoi(text->substr(0, 2));
    const int minute = std::stoi(text->substr(3, 2));
    if (hour < 24 && minute < 60) return hour * 60 + minute;
    if (is_end && hour == 24 && minute == 0) return 24 * 60;
  }
  diagnostics.Add(Code::kBadTime, node.place,
                  absl::StrCat(what, " must be a time \"HH:MM\" from 00:00 to ", is_end ? "24:00" : "23:59", ", not ",
                               Quoted(*text)));
  return std::nullopt;
}

void ReadTimes(const MapReader& map, const YamlNode& node, Window& window, DiagnosticList& diagnostics) {
  const YamlNode* from = map.Find("from");
  const YamlNode* to = map.Find("to");
  if ((from == nullptr) != (to == nullptr)) {
    diagnostics.Add(
        Code::kMissingKey, (from != nullptr ? from : to)->place,
        absl::StrCat("a window gives `from` and `to` together; `", from != nullptr ? "to" : "from", "` is missing"));
  }
  std::optional<int> from_minute, to_minute;
  if (from != nullptr) from_minute = ReadTime(*from, "`from`", false, diagnostics);
  if (to != nullptr) to_minute = ReadTime(*to, "`to`", true, diagnostics);
  if (!from_minute.has_value() || !to_minute.has_value()) return;
  if (*from_minute == *to_minute) {
    diagnostics.Add(Code::kEmptyWindow, node.place, "`from` and `to` are equal; leave both out for the whole day");
  }
  window.from_minute = *from_minute;
  window.to_minute = *to_minute;
}

std::optional<absl::CivilDay> ReadDate(const YamlNode& node, DiagnosticList& diagnostics) {
  const std::optional<std::string> text = ReadText(node, "a date", diagnostics);
  if (!text.has_value()) return std::nullopt;
  int year = 0, month = 0, day = 0;
  const bool shaped = text->size() == 10 && (*text)[4] == '-' && (*text)[7] == '-' &&
                      std::count_if(text->begin(), text->end(), absl::ascii_isdigit) == 8;
  if (shaped && absl::SimpleAtoi(text->substr(0, 4), &year) && absl::SimpleAtoi(text->substr(5, 2), &month) &&
      absl::SimpleAtoi(text->substr(8, 2), &day)) {
    const absl::CivilDay date(year, month, day);  // wraps a day that does not exist
    if (date.year() == year && date.month() == month && date.day() == day) return date;
  }
  diagnostics.Add(Code::kBadDate, node.place, absl::StrCat(Quoted(*text), " is not a date; write YYYY-MM-DD"));
  return std::nullopt;
}

Window ReadWindow(const YamlNode& node, const NamedZone& default_zone, DiagnosticList& diagnostics) {
  const MapReader map(node, "a window of `during`", kWindowKeys, diagnostics);
  Window window;
  if (const YamlNode* days = map.Find("days")) window.days = ReadDays(*days, diagnostics);
  ReadTimes(map, node, window, diagnostics);
  NamedZone zone = default_zone;
  if (const YamlNode* name = map.Find("zone")) zone = ReadZone(*name, "`zone`", diagnostics);
  window.zone = zone.name;
  window.time_zone = zone.zone;
  if (const YamlNode* dates = map.Find("except_dates")) {
    if (const auto* items = ReadSequence(*dates, "`except_dates`", diagnostics)) {
      for (const YamlNode* item : *items) {
        if (const auto date = ReadDate(*item, diagnostics)) window.except_dates.push_back(*date);
      }
    }
  }
  std::sort(window.except_dates.begin(), window.except_dates.end());
  return window;
}

}  // namespace

NamedZone ReadZone(const YamlNode& node, absl::string_view what, DiagnosticList& diagnostics) {
  NamedZone zone;
  const std::optional<std::string> name = ReadText(node, what, diagnostics);
  if (!name.has_value()) return zone;
  if (IsZoneName(*name) && absl::LoadTimeZone(*name, &zone.zone)) {
    zone.name = *name;
    return zone;
  }
  diagnostics.Add(Code::kBadZone, node.place,
                  absl::StrCat(what, " ", Quoted(*name),
                               " is not an IANA time zone that this machine knows, such as Europe/Amsterdam"));
  return NamedZone();
}

std::vector<Window> ReadWindows(const YamlNode& node, const NamedZone& default_zone, DiagnosticList& diagnostics) {
  std::vector<Window> windows;
  if (node.kind == YamlNode::Kind::kSequence) {
    if (node.items.empty()) {
      diagnostics.Add(Code::kEmptyList, node.place, "`during` is empty, so it would never hold; leave it out");
    }
    for (const YamlNode* item : node.items) windows.push_back(ReadWindow(*item, default_zone, diagnostics));
  } else {
    windows.push_back(ReadWindow(node, default_zone, diagnostics));
  }
  return windows;
}

}  // namespace idlewarden::policy
