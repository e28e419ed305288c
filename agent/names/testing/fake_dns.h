// FakeDns: a DNS that says what a test has written, after as long as the test wants, or never.
//
// Threads: the event loop's.

#ifndef IDLEWARDEN_AGENT_NAMES_TESTING_FAKE_DNS_H_
#define IDLEWARDEN_AGENT_NAMES_TESTING_FAKE_DNS_H_

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "agent/clock/event_loop.h"
#include "agent/names/dns_client.h"

namespace idlewarden::agent {

class FakeDns : public DnsClient {
 public:
  explicit FakeDns(EventLoop& loop) : loop_(loop) {}

  void Reverse(const policy::IpAddress& address, Callback done) override {
    asked.push_back(address.ToString());
    const auto found = names.find(address.ToString());
    DnsAnswer answer{.kind = found == names.end() ? DnsAnswer::Kind::kNone : DnsAnswer::Kind::kFound};
    if (found != names.end()) answer.names = found->second;
    Answer(address.ToString(), std::move(answer), std::move(done));
  }

  void Forward(const std::string& name, Callback done) override {
    asked.push_back(name);
    const auto found = hosts.find(name);
    DnsAnswer answer{.kind = found == hosts.end() ? DnsAnswer::Kind::kNone : DnsAnswer::Kind::kFound};
    if (found != hosts.end()) {
      for (const std::string& address : found->second) answer.addresses.push_back(*policy::IpAddress::Parse(address));
    }
    Answer(name, std::move(answer), std::move(done));
  }

  std::map<std::string, std::vector<std::string>> names;  // by address
  std::map<std::string, std::vector<std::string>> hosts;  // addresses by name
  std::map<std::string, DnsAnswer::Kind> failures;        // by what is asked for
  std::set<std::string> silent;                           // what is never answered
  absl::Duration takes = absl::Milliseconds(10);
  absl::Duration ttl = absl::InfiniteDuration();
  std::vector<std::string> asked;

 private:
  void Answer(const std::string& about, DnsAnswer answer, Callback done) {
    if (silent.contains(about)) return;
    if (const auto failure = failures.find(about); failure != failures.end()) answer = {.kind = failure->second};
    answer.ttl = ttl;
    loop_.RunAt(loop_.SteadyNow() + takes, [answer = std::move(answer), done = std::move(done)] { done(answer); });
  }

  EventLoop& loop_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_NAMES_TESTING_FAKE_DNS_H_
