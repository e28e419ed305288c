// Answers, for a user, client or text, which pattern lists of a policy it matches: all lists of one use at once.
//
// Answers are three-valued: a look-up finds the lists that answer yes and those that answer unknown, and gives what all
// others answer. Built once, then const: may be shared between threads.

#ifndef IDLEWARDEN_POLICY_MATCHER_PATTERN_INDEX_H_
#define IDLEWARDEN_POLICY_MATCHER_PATTERN_INDEX_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "policy/matcher/glob_index.h"
#include "policy/matcher/network_index.h"
#include "policy/model/answer.h"
#include "policy/model/resolved_policy.h"
#include "policy/model/string_pools.h"

namespace idlewarden::policy {

// What lists answer unless ListAnswers says otherwise.
enum class DefaultAnswers : uint8_t {
  kNo,
  kNetworksUnknown,  // lists with a network answer unknown: the client is a name without a known address
  kNamesUnknown,  // lists with an open name (HostAnswers) answer unknown: the client is an address without known names
  kUnknown,       // the value is unknown
};

struct ListAnswers {
  DefaultAnswers otherwise = DefaultAnswers::kNo;
  // Lists with another answer; where a list comes more than once, the greatest counts.
  std::vector<std::pair<uint32_t, Answer>> lists;
};

class HostAnswers;

class PatternIndex {
 public:
  // Gives the list a number: the same each time, and the same for short lists with the same entries. Lists of one use
  // only.
  uint32_t Add(const std::shared_ptr<const PatternList>& list);

  size_t list_count() const { return has_network_.size(); }
  const std::vector<bool>& has_network() const { return has_network_; }  // by list
  // How many host names the list has, without `*`, which is every client.
  uint32_t host_name_count(uint32_t list) const { return host_names_[list]; }
  // Calls found(list) for each literal host name of lists that is this one, as often as it stands in them.
  void FindLiteral(absl::string_view host_name, absl::FunctionRef<void(uint32_t list)> found) const {
    whole_.FindLiteral(host_name, found);
  }

  // For lists of PatternUse::kUser, kClient and kText. `answers` is overwritten.
  void FindUser(const UserValue& user, ListAnswers& answers) const;
  void FindClient(const ClientValue& client, const HostAnswers& hosts, ListAnswers& answers) const;
  void FindText(absl::string_view folded_text, ListAnswers& answers) const;

 private:
  // What entries with a domain of one notation match.
  struct DomainEntries {
    GlobIndex accounts;  // their accounts alone
    GlobIndex both;      // JoinedUser of domain and account
  };

  void Add(const Pattern& pattern, uint32_t list);
  void FindHostName(absl::string_view name, ListAnswers& answers) const;

  absl::flat_hash_map<const PatternList*, uint32_t> numbers_;
  absl::flat_hash_map<std::string, uint32_t> numbers_by_entries_;  // of short lists
  std::vector<std::shared_ptr<const PatternList>> lists_;          // keeps the keys above alive
  std::vector<bool> has_network_;
  std::vector<uint32_t> host_names_;
  GlobIndex whole_;                      // kText, kHost
  GlobIndex first_labels_;               // of the kHost that are qualified
  GlobIndex account_;                    // kAccount
  std::array<DomainEntries, 2> domain_;  // kDomain, kRealm
  NetworkIndex networks_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MATCHER_PATTERN_INDEX_H_
