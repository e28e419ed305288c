// The rows of one server as columns, with the groups that closes and counts go by. Immutable once in a table.

#ifndef IDLEWARDEN_POLICY_MODEL_SERVER_BLOCK_H_
#define IDLEWARDEN_POLICY_MODEL_SERVER_BLOCK_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "policy/model/session.h"
#include "policy/model/string_pools.h"

namespace idlewarden::policy {

inline constexpr uint32_t kUnknownNumber = 0xffffffff;

// All columns have one element a row. 45 bytes a row; 4 more where the server reports connections, and 4 more where a
// close ends one of them.
struct SessionRows {
  std::vector<uint32_t> client;       // id in StringPools::clients()
  std::vector<uint32_t> user;         // id in StringPools::users()
  std::vector<uint32_t> idle;         // seconds, or kUnknownNumber
  std::vector<uint32_t> age;          // seconds, or kUnknownNumber
  std::vector<uint32_t> open_files;   // or kUnknownNumber
  std::vector<uint32_t> client_type;  // id in StringPools::texts(), or kNoId
  std::vector<uint32_t> transport;    // the same
  std::vector<uint8_t> flags;         // kGuest…
  std::vector<uint32_t> connection;   // id in StringPools::texts(), or kNoId; no elements: no row has one

  // Numbers from 0 on within this server, in order of first appearance.
  // Equal for sessions of one pair: of one client and user and, with CloseScope::kConnection, one connection.
  std::vector<uint32_t> pair;
  std::vector<uint32_t> client_group;   // equal for sessions of one client
  std::vector<uint32_t> user_group;     // equal for sessions of one user
  std::vector<uint32_t> user_sessions;  // by user_group: how many
  std::vector<uint8_t> user_known;      // by user_group: 0 for the empty user
  // With CloseScope::kConnection: equal for sessions of one connection, kNoId for those without. No elements: the scope
  // is another, or no row has a connection.
  std::vector<uint32_t> connection_group;
  uint32_t pair_count = 0;
  uint32_t client_count = 0;
  uint32_t connection_count = 0;
  bool has_idle_bounds = false;  // a row has kIdleAtLeast

  size_t size() const { return client.size(); }
};

enum RowFlags : uint8_t {
  kGuestKnown = 1,
  kGuest = 2,
  kOwn = 4,
  kClientAbsent = 8,
  kUserAbsent = 16,
  kIdleAtLeast = 32,  // IdleBound::kAtLeast
};

struct ServerBlock {
  std::string name;
  std::string folded_name;
  std::map<std::string, std::string> labels;
  bool complete = true;
  CloseScope close_scope = CloseScope::kPair;
  std::string domain_separator;
  std::shared_ptr<const SessionRows> rows;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_SERVER_BLOCK_H_
