// Answers, for a user, client or text, which pattern lists of a policy it matches: all lists of one use at once.
//
// Built once, then const: may be shared between threads.

#ifndef IDLEWARDEN_POLICY_MATCHER_PATTERN_INDEX_H_
#define IDLEWARDEN_POLICY_MATCHER_PATTERN_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
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
  kUnknown,          // the value is unknown
};

struct ListAnswers {
  DefaultAnswers otherwise = DefaultAnswers::kNo;
  // Lists with another answer; where a list comes more than once, the greatest counts.
  std::vector<std::pair<uint32_t, Answer>> lists;
};

class PatternIndex {
 public:
  // Gives the list a number: the same each time, and the same for short lists with the same entries. Lists of one use
  // only.
  uint32_t Add(const std::shared_ptr<const PatternList>& list);

  size_t list_count() const { return has_network_.size(); }
  bool has_network(uint32_t list) const { return has_network_[list]; }

  // For lists of PatternUse::kUser, kClient and kText. `answers` is overwritten.
  void FindUser(const UserValue& user, ListAnswers& answers) const;
  void FindClient(const ClientValue& client, ListAnswers& answers) const;
  void FindText(absl::string_view folded_text, ListAnswers& answers) const;

 private:
  absl::flat_hash_map<const PatternList*, uint32_t> numbers_;
  absl::flat_hash_map<std::string, uint32_t> numbers_by_entries_;  // of short lists
  std::vector<std::shared_ptr<const PatternList>> lists_;          // keeps the keys above alive
  std::vector<bool> has_network_;
  GlobIndex whole_;           // kWhole
  GlobIndex account_;         // kAccount
  GlobIndex domain_;          // kDomain, for users with a domain
  GlobIndex domain_account_;  // the part of kDomain behind the last backslash, for bare names
  NetworkIndex networks_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MATCHER_PATTERN_INDEX_H_
