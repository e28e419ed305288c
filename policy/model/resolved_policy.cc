#include "policy/model/resolved_policy.h"

namespace idlewarden::policy {

absl::string_view FieldName(TimeCondition::Field field) {
  return field == TimeCondition::Field::kIdle ? "idle" : "age";
}

absl::string_view FieldName(CountCondition::Field field) {
  switch (field) {
    case CountCondition::Field::kOpenFiles:
      return "open_files";
    case CountCondition::Field::kServerSessions:
      return "server_sessions";
    case CountCondition::Field::kUserSessions:
      return "user_sessions";
  }
  return "";
}

absl::string_view FieldName(PatternCondition::Field field) {
  switch (field) {
    case PatternCondition::Field::kUsers:
      return "users";
    case PatternCondition::Field::kClients:
      return "clients";
    case PatternCondition::Field::kServers:
      return "servers";
    case PatternCondition::Field::kClientTypes:
      return "client_types";
    case PatternCondition::Field::kTransports:
      return "transports";
  }
  return "";
}

}  // namespace idlewarden::policy
