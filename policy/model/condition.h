// The conditions of the policy language: the one list of them, and a condition as a value.
//
// Whatever is done for each condition (reading, the canonical form, resolving, matching, explaining) goes by kFields or
// by the kinds of value; where it needs code for a field, that does not compile without it. So nothing can be forgotten
// that would make two policies look the same, or a rule match more than it says. every_field_test has what is not code.
//
// Plain values, no thread rule.

#ifndef IDLEWARDEN_POLICY_MODEL_CONDITION_H_
#define IDLEWARDEN_POLICY_MODEL_CONDITION_H_

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "policy/model/bounds.h"
#include "policy/model/window.h"

namespace idlewarden::policy {

// What a condition is about. In the canonical order, which policies' hashes depend on: a new field goes to the end.
enum class Field : uint8_t {
  kIdle,
  kAge,
  kOpenFiles,
  kUsers,
  kClients,
  kServers,
  kClientTypes,
  kTransports,
  kGuest,
  kDuring,
  kServerSessions,
  kUserSessions,
};

// Which value a condition has: the alternatives of ConditionValue, in their order.
enum class FieldKind : uint8_t {
  kTime,      // bounds of a time in seconds
  kCount,     // bounds of a number
  kPatterns,  // lists of patterns for a text
  kServers,   // the same for the server's name, and its labels
  kFlag,      // true or false
  kWindows,   // windows of time
};

// What a field's value may differ between.
enum class FieldScope : uint8_t {
  kSession,  // the sessions of one server
  kServer,   // servers
  kMoment,   // moments: equal for all sessions of a cycle
};

enum class FieldUnit : uint8_t {
  kNone,
  kSeconds,
  kFiles,
  kSessions,  // counts the session itself, so it is at least one
};

struct FieldInfo {
  Field field;
  absl::string_view key;  // in `when`
  FieldKind kind;
  FieldScope scope;
  FieldUnit unit;
  absl::string_view doc;  // for people who write policies: what it is about, as the schema shows it
};

inline constexpr std::array kFields = {
    FieldInfo{Field::kIdle, "idle", FieldKind::kTime, FieldScope::kSession, FieldUnit::kSeconds,
              "How long the session has not been used."},
    FieldInfo{Field::kAge, "age", FieldKind::kTime, FieldScope::kSession, FieldUnit::kSeconds,
              "How long ago the session began."},
    FieldInfo{Field::kOpenFiles, "open_files", FieldKind::kCount, FieldScope::kSession, FieldUnit::kFiles,
              "How many files the session has open. A rule that says nothing of it closes only sessions with none."},
    FieldInfo{Field::kUsers, "users", FieldKind::kPatterns, FieldScope::kSession, FieldUnit::kNone,
              "The session's user: name, DOMAIN\\name or name@realm."},
    FieldInfo{Field::kClients, "clients", FieldKind::kPatterns, FieldScope::kSession, FieldUnit::kNone,
              "The session's client: host names, addresses and networks."},
    FieldInfo{Field::kServers, "servers", FieldKind::kServers, FieldScope::kServer, FieldUnit::kNone,
              "The server, by its name and its labels."},
    FieldInfo{Field::kClientTypes, "client_types", FieldKind::kPatterns, FieldScope::kSession, FieldUnit::kNone,
              "The client's type, as the server reports it."},
    FieldInfo{Field::kTransports, "transports", FieldKind::kPatterns, FieldScope::kSession, FieldUnit::kNone,
              "The session's transport, as the server reports it."},
    FieldInfo{Field::kGuest, "guest", FieldKind::kFlag, FieldScope::kSession, FieldUnit::kNone,
              "Whether it is a guest session."},
    FieldInfo{Field::kDuring, "during", FieldKind::kWindows, FieldScope::kMoment, FieldUnit::kNone,
              "Windows of time in which the condition holds."},
    FieldInfo{Field::kServerSessions, "server_sessions", FieldKind::kCount, FieldScope::kServer, FieldUnit::kSessions,
              "How many sessions there are on the server."},
    FieldInfo{Field::kUserSessions, "user_sessions", FieldKind::kCount, FieldScope::kSession, FieldUnit::kSessions,
              "How many sessions the user has on the server."},
};

constexpr const FieldInfo& InfoOf(Field field) { return kFields[static_cast<size_t>(field)]; }
constexpr absl::string_view FieldName(Field field) { return InfoOf(field).key; }

template <bool (*selects)(const FieldInfo&)>
constexpr auto SelectFields() {
  constexpr auto count = static_cast<size_t>(std::count_if(kFields.begin(), kFields.end(), selects));
  std::array<Field, count> fields{};
  size_t next = 0;
  for (const FieldInfo& info : kFields) {
    if (selects(info)) fields[next++] = info.field;
  }
  return fields;
}

// The fields for which `selects` is true, in canonical order. A constant, so that loops over it cost nothing more.
template <bool (*selects)(const FieldInfo&)>
inline constexpr auto kFieldsThat = SelectFields<selects>();

constexpr bool IsNumber(const FieldInfo& info) {
  return info.kind == FieldKind::kTime || info.kind == FieldKind::kCount;
}
constexpr bool IsTime(const FieldInfo& info) { return info.kind == FieldKind::kTime; }
constexpr bool IsFlag(const FieldInfo& info) { return info.kind == FieldKind::kFlag; }
// Lists of patterns, alone or with something else.
constexpr bool HasPatterns(const FieldInfo& info) {
  return info.kind == FieldKind::kPatterns || info.kind == FieldKind::kServers;
}
// A text that is reported of each session.
constexpr bool IsTextOfSession(const FieldInfo& info) {
  return info.kind == FieldKind::kPatterns && info.scope == FieldScope::kSession;
}
constexpr bool IsOfSession(const FieldInfo& info) { return info.scope == FieldScope::kSession; }
// What may become another without the session ending or being another: times pass, files are opened.
constexpr bool ChangesByItself(const FieldInfo& info) { return IsNumber(info) || info.kind == FieldKind::kWindows; }

// For switches over some of the fields only, where all others are not asked for: beside `default`, an assertion that
// these are still all of them, as in static_assert(AreAll<HasPatterns>({Field::kUsers, …})).
template <bool (*selects)(const FieldInfo&), size_t count>
constexpr bool AreAll(const Field (&fields)[count]) {
  constexpr const auto& all = kFieldsThat<selects>;
  return std::equal(all.begin(), all.end(), std::begin(fields), std::end(fields));
}

// A T for each field that `selects` selects.
template <typename T, bool (*selects)(const FieldInfo&)>
class FieldMap {
 public:
  static constexpr auto kKeys = kFieldsThat<selects>;

  // make(field) gives the T of a field.
  template <typename Make>
  explicit FieldMap(const Make& make) {
    values_.reserve(kKeys.size());
    for (const Field field : kKeys) values_.push_back(make(field));
  }

  // The field must be one of kKeys.
  T& operator[](Field field) { return values_[Position(field)]; }
  const T& operator[](Field field) const { return values_[Position(field)]; }

  auto begin() { return values_.begin(); }
  auto end() { return values_.end(); }

 private:
  static constexpr auto kPositions = [] {
    std::array<uint8_t, kFields.size()> positions{};
    for (uint8_t i = 0; i < kKeys.size(); ++i) positions[static_cast<size_t>(kKeys[i])] = i;
    return positions;
  }();
  static size_t Position(Field field) { return kPositions[static_cast<size_t>(field)]; }

  std::vector<T> values_;
};

// Line and column are 1-based; `file` indexes Policy::files.
struct Place {
  uint32_t file = 0;
  uint32_t line = 1;
  uint32_t column = 1;

  friend auto operator<=>(const Place&, const Place&) = default;
};

// `{in: LIST, not_in: LIST}`, at least one of them; LIST alone means `in`.
template <typename List>
struct PatternLists {
  std::optional<List> in;
  std::optional<List> not_in;

  bool empty() const { return !in.has_value() && !not_in.has_value(); }
};

// The server's label has one of the values.
struct LabelTest {
  std::string label;
  std::vector<std::string> values;
};

// Not empty, in names or labels.
template <typename List>
struct ServerTests {
  PatternLists<List> names;
  std::vector<LabelTest> labels;  // all must hold; ascending by label
};

using Windows = std::vector<Window>;  // one of them must hold

template <typename List>
using ConditionValue = std::variant<TimeBounds, CountBounds, PatternLists<List>, ServerTests<List>, bool, Windows>;

// One condition. `List` is EntryList in a policy as it was written and PatternSet in one that was resolved.
template <typename List>
struct BasicCondition {
  Field field;
  ConditionValue<List> value;  // the alternative that the field's kind names
  Place place;                 // of the value

  const FieldInfo& info() const { return InfoOf(field); }
};

// One map of conditions: all must hold.
template <typename List>
class BasicConditions {
 public:
  using Condition = BasicCondition<List>;

  // In canonical order, at most one for each field.
  auto begin() const { return conditions_.begin(); }
  auto end() const { return conditions_.end(); }
  bool empty() const { return conditions_.empty(); }

  // Null if there is no condition on the field.
  const Condition* Find(Field field) const {
    const auto found = Lower(conditions_, field);
    return found != conditions_.end() && found->field == field ? &*found : nullptr;
  }

  // Adds the condition, or replaces the one on the same field.
  void Set(Condition condition) {
    const auto found = Lower(conditions_, condition.field);
    if (found != conditions_.end() && found->field == condition.field) {
      *found = std::move(condition);
    } else {
      conditions_.insert(found, std::move(condition));
    }
  }

  Place place;  // of the map

 private:
  template <typename Vector>
  static auto Lower(Vector& conditions, Field field) {
    return std::lower_bound(conditions.begin(), conditions.end(), field,
                            [](const Condition& condition, Field other) { return condition.field < other; });
  }

  std::vector<Condition> conditions_;
};

// `all` and, where `any` is not empty, at least one of `any`.
template <typename List>
struct BasicWhen {
  BasicConditions<List> all;
  std::vector<BasicConditions<List>> any;
};

namespace condition_internal {

constexpr bool FieldsStandInOrder() {
  for (size_t i = 0; i < kFields.size(); ++i) {
    if (static_cast<size_t>(kFields[i].field) != i || kFields[i].key.empty() || kFields[i].doc.empty()) return false;
  }
  return true;
}
static_assert(FieldsStandInOrder(), "kFields has a row for each Field, in its order");

template <FieldKind kind>
using ValueOf = std::variant_alternative_t<static_cast<size_t>(kind), ConditionValue<std::string>>;
static_assert(std::is_same_v<ValueOf<FieldKind::kTime>, TimeBounds>);
static_assert(std::is_same_v<ValueOf<FieldKind::kCount>, CountBounds>);
static_assert(std::is_same_v<ValueOf<FieldKind::kPatterns>, PatternLists<std::string>>);
static_assert(std::is_same_v<ValueOf<FieldKind::kServers>, ServerTests<std::string>>);
static_assert(std::is_same_v<ValueOf<FieldKind::kFlag>, bool>);
static_assert(std::is_same_v<ValueOf<FieldKind::kWindows>, Windows>);

}  // namespace condition_internal

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_CONDITION_H_
