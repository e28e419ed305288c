#include "policy/snapshot/json_fields.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace idlewarden::policy {
namespace {

namespace json = simdjson::ondemand;

constexpr int64_t kMaxCount = 0x7fffffff;
// The parser would go to 1024, each level of which takes a piece of the stack here.
constexpr int kMaxUnusedDepth = 64;

absl::Status StatusOf(simdjson::error_code error, absl::string_view what, absl::string_view key) {
  return error == simdjson::SUCCESS ? absl::OkStatus() : JsonError(absl::StrCat(what, key), error);
}

}  // namespace

absl::Status JsonError(absl::string_view what, simdjson::error_code error) {
  if (error == simdjson::INCORRECT_TYPE || error == simdjson::NUMBER_OUT_OF_RANGE) {
    return absl::InvalidArgumentError(absl::StrCat(what, " was expected"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("not well-formed JSON where ", what, " was expected (", simdjson::error_message(error), ")"));
}

bool IsNull(json::value& value) {
  bool is_null = false;
  return value.is_null().get(is_null) == simdjson::SUCCESS && is_null;
}

absl::Status GetObject(absl::string_view what, json::value value, json::object& object) {
  if (const auto error = value.get_object().get(object)) return JsonError(absl::StrCat("an object for ", what), error);
  return absl::OkStatus();
}

absl::Status ForEachMember(json::object object, absl::FunctionRef<absl::Status(absl::string_view, json::value)> visit) {
  for (auto member : object) {
    json::field field;
    if (const auto error = std::move(member).get(field)) return JsonError("a member", error);
    std::string_view key;
    if (const auto error = field.unescaped_key().get(key)) return JsonError("a member's name", error);
    if (absl::Status status = visit({key.data(), key.size()}, field.value()); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status ForEachElement(absl::string_view key, json::value value,
                            absl::FunctionRef<absl::Status(json::value)> visit) {
  if (IsNull(value)) return absl::OkStatus();
  json::array array;
  if (const auto error = value.get_array().get(array)) return JsonError(absl::StrCat("an array for ", key), error);
  for (auto item : array) {
    json::value element;
    if (const auto error = std::move(item).get(element)) return JsonError(absl::StrCat("an element of ", key), error);
    if (absl::Status status = visit(element); !status.ok()) return status;
  }
  return absl::OkStatus();
}

namespace {

absl::Status CheckAtDepth(int depth, absl::string_view key, json::value value);

absl::Status CheckMembers(int depth, absl::string_view key, json::value value) {
  json::object object;
  if (absl::Status status = GetObject(key, value, object); !status.ok()) return status;
  return ForEachMember(object,
                       [&](absl::string_view name, json::value inner) { return CheckAtDepth(depth + 1, name, inner); });
}

absl::Status CheckNull(absl::string_view key, json::value value) {
  bool is_null = false;
  const auto error = value.is_null().get(is_null);
  if (error == simdjson::SUCCESS && is_null) return absl::OkStatus();
  return JsonError(absl::StrCat("null for ", key), error == simdjson::SUCCESS ? simdjson::N_ATOM_ERROR : error);
}

absl::Status CheckAtDepth(int depth, absl::string_view key, json::value value) {
  if (depth > kMaxUnusedDepth) {
    return absl::InvalidArgumentError(
        absl::StrCat("nothing in a snapshot nests as deep as ", key, ": more than ", kMaxUnusedDepth, " levels"));
  }
  json::json_type type;
  if (const auto error = value.type().get(type)) return JsonError(absl::StrCat("a value for ", key), error);
  switch (type) {
    case json::json_type::object:
      return CheckMembers(depth, key, value);
    case json::json_type::array:
      return ForEachElement(key, value, [&](json::value inner) { return CheckAtDepth(depth + 1, key, inner); });
    case json::json_type::string:
      return StatusOf(value.get_string().error(), "text for ", key);
    case json::json_type::number:
      return StatusOf(value.get_number().error(), "a number for ", key);
    case json::json_type::boolean:
      return StatusOf(value.get_bool().error(), "true or false for ", key);
    case json::json_type::null:
      break;
  }
  return CheckNull(key, value);
}

}  // namespace

absl::Status CheckValue(absl::string_view key, json::value value) { return CheckAtDepth(0, key, value); }

absl::Status ReadString(absl::string_view key, json::value value, std::string& out) {
  out.clear();
  if (IsNull(value)) return absl::OkStatus();
  std::string_view text;
  if (const auto error = value.get_string().get(text)) return JsonError(absl::StrCat("text for ", key), error);
  out.assign(text.data(), text.size());
  return absl::OkStatus();
}

absl::Status ReadOptionalString(absl::string_view key, json::value value, std::optional<std::string>& out) {
  out.reset();
  if (IsNull(value)) return absl::OkStatus();
  return ReadString(key, value, out.emplace());
}

absl::Status ReadBool(absl::string_view key, json::value value, std::optional<bool>& out) {
  out.reset();
  if (IsNull(value)) return absl::OkStatus();
  if (const auto error = value.get_bool().get(out.emplace())) {
    return JsonError(absl::StrCat("true or false for ", key), error);
  }
  return absl::OkStatus();
}

absl::Status ReadInteger(absl::string_view key, json::value value, std::optional<int64_t>& out) {
  constexpr double kFar = 1e18;
  out.reset();
  if (IsNull(value)) return absl::OkStatus();
  if (value.get_int64().get(out.emplace()) == simdjson::SUCCESS) return absl::OkStatus();
  double number = 0;
  if (value.get_double().get(number) == simdjson::SUCCESS && number == std::trunc(number)) {
    out = static_cast<int64_t>(std::clamp(number, -kFar, kFar));
    return absl::OkStatus();
  }
  out.reset();
  return JsonError(absl::StrCat("a whole number for ", key), simdjson::INCORRECT_TYPE);
}

absl::Status ReadCount(absl::string_view key, json::value value, std::optional<int64_t>& out) {
  absl::Status status = ReadInteger(key, value, out);
  if (out.has_value() && (*out < 0 || *out > kMaxCount)) out.reset();
  return status;
}

}  // namespace idlewarden::policy
