// The distinct users, clients and texts of a session table, each with its canonical forms computed once.
//
// Ids are dense and stay valid for the life of the pools. One writer may append while others read ids that they were
// given before (see append_only.h).

#ifndef IDLEWARDEN_POLICY_MODEL_STRING_POOLS_H_
#define IDLEWARDEN_POLICY_MODEL_STRING_POOLS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "policy/model/append_only.h"
#include "policy/model/grouping.h"
#include "policy/model/intern_index.h"
#include "policy/model/ip.h"

namespace idlewarden::policy {

inline constexpr uint32_t kNoId = 0xffffffff;

struct UserValue {
  std::string spelling;
  std::string folded;           // the whole user
  uint32_t account_offset = 0;  // in `folded`: behind the last backslash
  uint32_t canonical = 0;       // equal for users that differ in case only; dense
  bool nameable = false;        // see CanNameUser

  // `\name` names no domain: offset 1 is just the backslash.
  bool has_domain() const { return account_offset > 1; }
  absl::string_view account() const { return absl::string_view(folded).substr(account_offset); }
  bool is_machine() const { return !folded.empty() && folded.back() == '$'; }
};

// A client's spelling together with the address that the session carried for it.
struct ClientValue {
  std::string spelling;
  std::optional<std::string> reported_address;
  std::string name;                  // canonical form
  bool is_address = false;           // `name` is an address
  std::optional<IpAddress> address;  // of the name, or else the reported one, where it parses
  uint32_t canonical = 0;            // equal for clients whose `name` is equal; dense
  bool nameable = false;             // see CanNameClient
};

struct TextValue {
  std::string text;
  std::string folded;
};

class StringPools {
 public:
  uint32_t InternUser(absl::string_view user);
  uint32_t InternClient(absl::string_view client, const std::optional<std::string>& address);
  uint32_t InternText(absl::string_view text);

  // The same in two steps, for many at once: hashes first, so that what the look-ups read is loaded meanwhile.
  uint64_t PrepareUser(absl::string_view user) const;
  uint64_t PrepareClient(absl::string_view client) const;
  uint32_t InternUser(absl::string_view user, uint64_t prepared);
  uint32_t InternClient(absl::string_view client, const std::optional<std::string>& address, uint64_t prepared);

  const AppendOnly<UserValue>& users() const { return users_; }
  const AppendOnly<ClientValue>& clients() const { return clients_; }
  const AppendOnly<TextValue>& texts() const { return texts_; }
  size_t canonical_user_count() const { return canonical_users_.size(); }
  size_t canonical_client_count() const { return canonical_clients_.size(); }

  // The writer's scratch memory for numbering the groups of a server's rows.
  struct Groupings {
    DenseGrouping clients;
    DenseGrouping users;
    PairGrouping pairs;
  };
  Groupings& groupings() { return groupings_; }

 private:
  using Index = absl::flat_hash_map<std::string, uint32_t>;

  AppendOnly<UserValue> users_;
  AppendOnly<ClientValue> clients_;
  AppendOnly<TextValue> texts_;
  // For the writer only.
  InternIndex user_index_;
  InternIndex client_index_;  // of clients without a reported address
  absl::flat_hash_map<std::pair<std::string, std::string>, uint32_t> addressed_client_index_;
  InternIndex text_index_;
  Index canonical_users_;
  Index canonical_clients_;
  Groupings groupings_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_STRING_POOLS_H_
