// FakeDns: a DnsClient for tests, whose records the test sets. What it has not been told of does not exist.
//
// Threads: the event loop only.

#ifndef IDLEWARDEN_AGENT_NAMES_TESTING_FAKE_DNS_H_
#define IDLEWARDEN_AGENT_NAMES_TESTING_FAKE_DNS_H_

#include <algorithm>
#include <map>
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

  // How long each answer takes.
  absl::Duration latency = absl::Milliseconds(10);
  // Of the records set from now on.
  absl::Duration ttl = absl::Hours(1);
  std::vector<std::string> search_domains;

  // Replaces both families' records of a host.
  void SetHost(const std::string& name, const std::vector<std::string>& addresses) {
    answers_.erase({DnsType::kA, name});
    answers_.erase({DnsType::kAaaa, name});
    for (const std::string& text : addresses) {
      const policy::IpAddress address = policy::IpAddress::Parse(text).value();
      Found({address.is_v6 ? DnsType::kAaaa : DnsType::kA, name}).addresses.push_back(address);
    }
  }
  void SetNames(const std::string& address, const std::vector<std::string>& names) {
    const DnsQuestion question{DnsType::kPtr, ReverseName(policy::IpAddress::Parse(address).value())};
    answers_.erase(Key(question));
    if (!names.empty()) Found(Key(question)).names = names;
  }
  // Answers a question without a record: with none, a failure, or a timeout.
  void Set(DnsType type, const std::string& name, DnsAnswer::Kind kind) { answers_[{type, name}] = {.kind = kind}; }

  void Ask(const DnsQuestion& question, Done done) override {
    asked_.push_back(question);
    ++open_;
    most_open_ = std::max(most_open_, open_);
    const auto found = answers_.find(Key(question));
    DnsAnswer answer = found == answers_.end() ? DnsAnswer{.kind = DnsAnswer::Kind::kNone} : found->second;
    loop_.RunAt(loop_.SteadyNow() + latency, [this, answer = std::move(answer), done = std::move(done)] {
      --open_;
      done(answer);
    });
  }
  std::vector<std::string> SearchDomains() const override { return search_domains; }

  // The names asked for since the last call, in order.
  std::vector<std::string> TakeAsked() {
    std::vector<std::string> names;
    for (DnsQuestion& question : std::exchange(asked_, {})) names.push_back(std::move(question.name));
    return names;
  }
  size_t asked_count() const { return asked_.size(); }
  size_t most_open() const { return most_open_; }

 private:
  using QuestionKey = std::pair<DnsType, std::string>;

  static QuestionKey Key(const DnsQuestion& question) { return {question.type, question.name}; }
  DnsAnswer& Found(const QuestionKey& key) {
    DnsAnswer& answer = answers_[key];
    answer.kind = DnsAnswer::Kind::kFound;
    answer.ttl = ttl;
    return answer;
  }

  EventLoop& loop_;
  std::map<QuestionKey, DnsAnswer> answers_;
  std::vector<DnsQuestion> asked_;
  size_t open_ = 0;
  size_t most_open_ = 0;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_NAMES_TESTING_FAKE_DNS_H_
