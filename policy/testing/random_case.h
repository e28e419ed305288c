// Random policies with random sessions, for tests that compare two ways to the same decisions.
//
// Names, patterns and numbers come from small sets, so that policies and sessions meet often and on boundaries. A case
// is kept in parts, so that a failing one can be shrunk.

#ifndef IDLEWARDEN_POLICY_TESTING_RANDOM_CASE_H_
#define IDLEWARDEN_POLICY_TESTING_RANDOM_CASE_H_

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "policy/model/session.h"

namespace idlewarden::policy::testing {

struct RandomWhen {
  std::vector<std::string> all;               // "idle: 15m", …
  std::vector<std::vector<std::string>> any;  // maps, none of them empty
};

struct RandomRule {
  RandomWhen when;
  bool enforce = true;
  std::string for_time = "";  // "": none
};

struct RandomCase {
  std::vector<RandomWhen> protections;
  std::vector<RandomRule> rules;
  std::vector<ServerSnapshot> servers;
  HostAddresses hosts;
  absl::Time at;

  // A whole policy file. Lists it may use are always there.
  std::string Yaml() const;
  // Policy and sessions, for messages.
  std::string ToString() const;
};

struct RandomCaseSize {
  int rules = 8;
  int protections = 4;
  int sessions = 30;
};

RandomCase MakeRandomCase(std::mt19937_64& random, const RandomCaseSize& size);

// Takes parts away for as long as the case still fails.
RandomCase Shrink(RandomCase failing, const std::function<bool(const RandomCase&)>& fails);

// Sanitised code is several times slower, and need not see as many.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr uint64_t kUsualCases = 250;
#else
inline constexpr uint64_t kUsualCases = 2000;
#endif

// Makes so many cases, of consecutive seeds. The first for which `difference` gives a text is shrunk; seed, difference
// and case as one text. "" if there is none.
std::string FirstDifference(uint64_t first_seed, uint64_t cases, const RandomCaseSize& size,
                            const std::function<std::string(const RandomCase&)>& difference);

}  // namespace idlewarden::policy::testing

#endif  // IDLEWARDEN_POLICY_TESTING_RANDOM_CASE_H_
