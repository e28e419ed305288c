// The distinct users, clients and texts of a session table, each with its canonical forms computed once.
//
// Ids are dense and stay valid for the life of the pools. One writer may append while others read ids that they were
// given before (see stable_vector.h).

#ifndef IDLEWARDEN_POLICY_MODEL_STRING_POOLS_H_
#define IDLEWARDEN_POLICY_MODEL_STRING_POOLS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "policy/model/client_name.h"
#include "policy/model/group_numbering.h"
#include "policy/model/interned_values.h"
#include "policy/model/ip.h"
#include "policy/model/stable_vector.h"
#include "policy/model/unique_id.h"

namespace idlewarden::policy {

inline constexpr uint32_t kNoId = 0xffffffff;

// A user's spelling together with the `domain_separator` of the server that reported it.
struct UserValue {
  struct Key {
    absl::string_view user;
    absl::string_view separator;

    // The separator is left out: few servers have one, and few users are reported with two.
    template <typename H>
    friend H AbslHashValue(H hash, const Key& key) {
      return H::combine(std::move(hash), key.user);
    }
  };

  UserValue() = default;
  explicit UserValue(const Key& key);

  std::string spelling;
  std::string folded;     // the whole user
  bool nameable = false;  // see CanNameUser
  UserNotation notation = UserNotation::kBare;

  // Of the folded user; see ParseUser.
  absl::string_view account() const { return absl::string_view(folded).substr(account_begin_, account_size_); }
  absl::string_view domain() const { return absl::string_view(folded).substr(domain_begin_, domain_size_); }
  // `\name` names no domain.
  bool has_domain() const { return domain_size_ > 0; }
  // The account ends in `$`, as a computer's does.
  bool is_machine() const { return is_machine_; }

  bool Is(const Key& key) const {
    return spelling == key.user && (separator_ == nullptr ? key.separator.empty() : *separator_ == key.separator);
  }
  absl::string_view form() const { return folded; }

 private:
  std::unique_ptr<const std::string> separator_;  // null: none; there are many users, and few of them have one
  bool is_machine_ = false;
  // The parts as places: a value is moved after it was made.
  uint32_t account_begin_ = 0, account_size_ = 0, domain_begin_ = 0, domain_size_ = 0;
};

// A client's spelling together with what else the session carried of that host: its address, and its address's names.
struct ClientValue {
  using Names = std::optional<std::vector<std::string>>;

  struct Key {
    absl::string_view spelling;
    const std::optional<std::string>& address;
    const Names& names;

    template <typename H>
    friend H AbslHashValue(H hash, const Key& key) {
      hash = H::combine(std::move(hash), key.spelling);
      if (key.address.has_value()) hash = H::combine(std::move(hash), *key.address);
      return key.names.has_value() ? H::combine(std::move(hash), *key.names) : std::move(hash);
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

  // Whether the host names of the client's address are known.
  bool names_known() const { return names_ != nullptr; }
  // They, in canonical form; empty if they are not known.
  absl::Span<const std::string> names() const {
    return names_known() ? absl::MakeConstSpan(names_->canonical) : absl::Span<const std::string>();
  }
  Names reported_names() const { return names_known() ? Names(names_->reported) : std::nullopt; }

  bool Is(const Key& client) const {
    return spelling == client.spelling && reported_address == client.address && HasNames(client.names);
  }
  absl::string_view form() const { return name; }

 private:
  struct KnownNames {
    std::vector<std::string> reported;
    std::vector<std::string> canonical;
  };

  bool HasNames(const Names& names) const {
    return names_known() == names.has_value() && (!names_known() || names_->reported == *names);
  }

  std::unique_ptr<const KnownNames> names_;  // null: not known
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

  // How many values there are.
  size_t distinct() const { return users().size() + clients().size() + texts().size(); }

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
