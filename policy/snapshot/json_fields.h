// Typed members of JSON objects for the snapshot reader: null is unknown, another type is an error that names the
// member.
//
// Works on simdjson's on-demand values, each of which may be read once. Functions return InvalidArgument.

#ifndef IDLEWARDEN_POLICY_SNAPSHOT_JSON_FIELDS_H_
#define IDLEWARDEN_POLICY_SNAPSHOT_JSON_FIELDS_H_

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace idlewarden::policy {

// "not well-formed: …" or "WHAT was expected".
absl::Status JsonError(absl::string_view what, simdjson::error_code error);

// False for what is not JSON at all (`nul`): the read that follows then reports it.
bool IsNull(simdjson::ondemand::value& value);

absl::Status GetObject(absl::string_view what, simdjson::ondemand::value value, simdjson::ondemand::object& object);

// Calls visit(key, value) for each member, until one fails.
absl::Status ForEachMember(
    simdjson::ondemand::object object,
    absl::FunctionRef<absl::Status(absl::string_view key, simdjson::ondemand::value value)> visit);

// The same for the elements of an array; null has none.
absl::Status ForEachElement(absl::string_view key, simdjson::ondemand::value value,
                            absl::FunctionRef<absl::Status(simdjson::ondemand::value element)> visit);

// Reads a value that is not used, whatever is in it: an error if it is no well-formed JSON, or nests beyond all sense.
// The parser skips what nobody reads without a look.
absl::Status CheckValue(absl::string_view key, simdjson::ondemand::value value);

// Null leaves `out` empty (or unset).
absl::Status ReadString(absl::string_view key, simdjson::ondemand::value value, std::string& out);
absl::Status ReadOptionalString(absl::string_view key, simdjson::ondemand::value value,
                                std::optional<std::string>& out);
absl::Status ReadBool(absl::string_view key, simdjson::ondemand::value value, std::optional<bool>& out);
// A whole number, also one that is written as 1900.0. Those beyond 10^18 are cut to that.
absl::Status ReadInteger(absl::string_view key, simdjson::ondemand::value value, std::optional<int64_t>& out);
// The same for times and counts. One that is none (negative, or above 2^31 - 1, which servers send where they do not
// know) leaves `out` unset like null: it must not pass for a time, nor cost the rest of the file.
absl::Status ReadCount(absl::string_view key, simdjson::ondemand::value value, std::optional<int64_t>& out);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_SNAPSHOT_JSON_FIELDS_H_
