// FakeDns: a DNS that answers what a test has written, after as long as the test wants, or fails. What nothing was
// written of does not exist.
//
// Threads: the event loop's.

#ifndef IDLEWARDEN_AGENT_NAMES_TESTING_FAKE_DNS_H_
#define IDLEWARDEN_AGENT_NAMES_TESTING_FAKE_DNS_H_

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "agent/clock/event_loop.h"
#include "agent/names/dns_client.h"
#include "agent/names/host_name.h"
#include "policy/model/ip.h"

namespace idlewarden::agent {

class FakeDns final : public DnsClient {
 public:
  explicit FakeDns(EventLoop& loop) : loop_(loop) {}

  std::map<std::string, std::vector<std::string>> names;  // by address
  std::map<std::string, std::vector<std::string>> hosts;  // addresses by name
  std::map<std::string, DnsAnswer::Kind> failures;        // by the address or name asked for
  std::map<std::string, DnsAnswer::Kind> failures_of_a;   // for questions of one type only
  std::map<std::string, DnsAnswer::Kind> failures_of_aaaa;
  std::set<std::string> silent;  // what is never answered: a timeout
  absl::Duration takes = absl::Milliseconds(10);
  absl::Duration timeout = absl::Seconds(2);
  absl::Duration names_ttl = absl::InfiniteDuration();
  absl::Duration hosts_ttl = absl::InfiniteDuration();
  std::vector<std::string> search_domains;
  std::vector<std::string> asked;  // addresses and names, in order

  void Ask(const DnsQuestion& question, Done done) override {
    const std::string about = question.type == DnsType::kPtr ? AddressOf(question.name) : question.name;
    asked.push_back(about);
    most_open_ = std::max(most_open_, ++open_);
    const bool is_silent = silent.contains(about);
    loop_.RunAt(
        loop_.SteadyNow() + (is_silent ? timeout : takes),
        [this, answer = is_silent ? DnsAnswer{.kind = DnsAnswer::Kind::kTimeout} : AnswerTo(question.type, about),
         done = std::move(done)] {
          --open_;
          done(answer);
        });
  }
  std::vector<std::string> SearchDomains() const override { return search_domains; }

  std::vector<std::string> TakeAsked() { return std::exchange(asked, {}); }
  size_t most_open() const { return most_open_; }

 private:
  DnsAnswer AnswerTo(DnsType type, const std::string& about) const {
    const auto& of_type = type == DnsType::kA ? failures_of_a : failures_of_aaaa;
    for (const auto* kinds : {&failures, &of_type}) {
      const auto failure = kinds->find(about);
      if (failure != kinds->end()) return {.kind = failure->second};
    }
    DnsAnswer answer{.ttl = type == DnsType::kPtr ? names_ttl : hosts_ttl};
    const auto& records = type == DnsType::kPtr ? names : hosts;
    for (const std::string& text : records.contains(about) ? records.at(about) : std::vector<std::string>()) {
      if (type == DnsType::kPtr) {
        answer.names.push_back(text);
      } else if (const policy::IpAddress address = policy::IpAddress::Parse(text).value();
                 address.is_v6 == (type == DnsType::kAaaa)) {
        answer.addresses.push_back(address);
      }
    }
    const bool is_empty = answer.names.empty() && answer.addresses.empty();
    answer.kind = is_empty ? DnsAnswer::Kind::kNone : DnsAnswer::Kind::kFound;
    return answer;
  }

  // The address whose ReverseName this is.
  static std::string AddressOf(const std::string& reverse_name) {
    policy::IpAddress address{.is_v6 = reverse_name.ends_with("ip6.arpa")};
    size_t at = 0;
    for (size_t i = address.is_v6 ? 32 : 4; i-- > 0;) {
      const int part = std::stoi(reverse_name.substr(at), nullptr, address.is_v6 ? 16 : 10);
      uint8_t& byte = address.bytes[address.is_v6 ? i / 2 : i];
      byte = static_cast<uint8_t>(address.is_v6 ? byte | part << (i % 2 == 1 ? 0 : 4) : part);
      at = reverse_name.find('.', at) + 1;
    }
    return address.ToString();
  }

  EventLoop& loop_;
  size_t open_ = 0;
  size_t most_open_ = 0;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_NAMES_TESTING_FAKE_DNS_H_
