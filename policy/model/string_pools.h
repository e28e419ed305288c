// The distinct users, clients and texts of a session table, each with its canonical forms computed once.
//
// Ids are dense and stay valid for the life of the pools. One writer may append while others read ids that they were
// given before (see stable_vector.h).

#ifndef IDLEWARDEN_POLICY_MODEL_STRING_POOLS_H_
#define IDLEWARDEN_POLICY_MODEL_STRING_POOLS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "policy/model/group_numbering.h"
#include "policy/model/interned_values.h"
#include "policy/model/ip.h"
#include "policy/model/stable_vector.h"
#include "policy/model/unique_id.h"

namespace idlewarden::policy {

inline constexpr uint32_t kNoId = 0xffffffff;

struct UserValue {
  using Key = absl::string_view;

  UserValue() = default;
  explicit UserValue(Key user);

  std::string spelling;
  std::string folded;           // the whole user
  uint32_t account_offset = 0;  // in `folded`: behind the last backslash
  bool nameable = false;        // see CanNameUser

  // `\name` names no domain: offset 1 is just the backslash.
  bool has_domain() const { return account_offset > 1; }
  absl::string_view account() const { return absl::string_view(folded).substr(account_offset); }
  bool is_machine() const { return !folded.empty() && folded.back() == '$'; }

  bool Is(Key user) const { return spelling == user; }
  absl::string_view form() const { return folded; }
};

// A client's spelling together with the address that the session carried for it.
struct ClientValue {
  struct Key {
    absl::string_view spelling;
    const std::optional<std::string>& address;

    template <typename H>
    friend H AbslHashValue(H hash, const Key& key) {
      hash = H::combine(std::move(hash), key.spelling);
      return key.address.has_value() ? H::combine(std::move(hash), *key.address) : std::move(hash);
    }
  };

  ClientValue() = default;
  explicit ClientValue(const Key& client);

  std::string spelling;
  std::optional<std::string> reported_address;
  std::string name;                  // canonical form
  bool is_address = false;           // `name` is an address
  std::optional<IpAddress> address;  // of the name, or else the reported one, where it parses
  bool nameable = false;             // see CanNameClient

  bool Is(const Key& client) const { return spelling == client.spelling && reported_address == client.address; }
  absl::string_view form() const { return name; }
};

struct TextValue {
  using Key = absl::string_view;

  TextValue() = default;
  explicit TextValue(Key text);

  std::string text;
  std::string folded;

  bool Is(Key other) const { return text == other; }
  absl::string_view form() const { return folded; }
};

class StringPools {
 public:
  // Tells these pools from all others: ids of equal serial numbers stand for the same values.
  uint64_t serial() const { return serial_.number(); }

  const StableVector<UserValue>& users() const { return users_.values(); }
  const StableVector<ClientValue>& clients() const { return clients_.values(); }
  const StableVector<TextValue>& texts() const { return texts_.values(); }

  // For the writer.
  struct Writer {
    InternedValues<UserValue>& users;
    InternedValues<ClientValue>& clients;
    InternedValues<TextValue>& texts;
    GroupNumbering& groups;  // scratch memory
  };
  Writer writer() { return {users_, clients_, texts_, groups_}; }

 private:
  const UniqueId serial_;
  InternedValues<UserValue> users_;
  InternedValues<ClientValue> clients_;
  InternedValues<TextValue> texts_;
  GroupNumbering groups_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_STRING_POOLS_H_
