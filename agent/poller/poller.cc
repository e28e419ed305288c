#include "agent/poller/poller.h"

#include <algorithm>

namespace idlewarden::agent {

namespace {

// Between the first polls of two servers, as long as all of them fit into half of the shortest interval.
constexpr absl::Duration kFirstPollSpacing = absl::Milliseconds(10);

// Before a server that suddenly has no session is asked once more.
constexpr absl::Duration kDoubtFor = absl::Seconds(1);

}  // namespace

Poller::Poller(EventLoop& loop, const PollerOptions& options, Done done)
    : loop_(loop), options_(options), done_(std::move(done)), calls_(loop) {
  healthy_.places = static_cast<size_t>(options_.parallel);
  failing_.places = std::max<size_t>(1, healthy_.places / 2);
}

Poller::~Poller() { loop_.CancelTimer(timer_); }

void Poller::Add(SessionServer& server) {
  const std::string& name = server.name();
  Remove(name);
  // Starts over with the spreading once it has filled half of an interval.
  const SteadyTime now = loop_.SteadyNow();
  if (next_first_poll_ < now || next_first_poll_ > now + options_.shortest / 2) next_first_poll_ = now;
  Entry& entry = servers_[name];
  entry.server = &server;
  entry.number = next_number_++;
  // What is known without the new server is partial again.
  first_round_done_ = false;
  ++untried_;
  Schedule(name, entry, next_first_poll_);
  next_first_poll_ += kFirstPollSpacing;
  loop_.Post([this, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired()) Pump();
  });
}

void Poller::Remove(absl::string_view name) {
  const auto found = servers_.find(name);
  if (found == servers_.end()) return;
  Group& group = GroupOf(found->second);
  group.due.erase({found->second.due, found->first});
  if (found->second.polling) --group.under_way;
  if (!first_round_done_ && !found->second.tried) --untried_;
  servers_.erase(found);
  CheckFirstRound();
}

void Poller::SetDesiredPollTime(absl::string_view name, absl::Duration wish) {
  const auto found = servers_.find(name);
  if (found == servers_.end()) return;
  Entry& entry = found->second;
  entry.wish = wish;
  if (entry.polling || entry.failures > 0 || !entry.tried) return;
  Schedule(found->first, entry, entry.latest + IntervalOf(entry));
  Pump();
}

void Poller::Stop() {
  stopped_ = true;
  loop_.CancelTimer(timer_);
}

SteadyTime Poller::NextPoll(absl::string_view name) const {
  const auto found = servers_.find(name);
  return found == servers_.end() || found->second.polling ? SteadyTime::InfiniteFuture() : found->second.due;
}

absl::Duration Poller::IntervalOf(const Entry& entry) const {
  if (entry.failures == 0) return std::clamp(entry.wish, options_.shortest, options_.longest);
  const int doublings = std::min(entry.failures - 1, 30);
  return std::min(options_.longest, options_.shortest * (int64_t{1} << doublings));
}

void Poller::Schedule(const std::string& name, Entry& entry, SteadyTime due) {
  Group& group = GroupOf(entry);
  group.due.erase({entry.due, name});
  entry.due = due;
  group.due.emplace(due, name);
}

bool Poller::HasPlace(const Group& group) const {
  return group.under_way < group.places && polls_under_way() < static_cast<size_t>(options_.parallel);
}

void Poller::Pump() {
  if (stopped_) return;
  loop_.CancelTimer(timer_);
  timer_ = 0;
  // Those that fail first: they have few places, and would never come to it behind many that answer.
  PumpGroup(failing_);
  PumpGroup(healthy_);
  SteadyTime next = SteadyTime::InfiniteFuture();
  for (const Group* group : {&failing_, &healthy_}) {
    // With its places taken, the next answer pumps again.
    if (!group->due.empty() && HasPlace(*group)) next = std::min(next, group->due.begin()->first);
  }
  if (next != SteadyTime::InfiniteFuture()) timer_ = loop_.RunAt(next, [this] { Pump(); });
}

void Poller::PumpGroup(Group& group) {
  while (!group.due.empty() && group.due.begin()->first <= loop_.SteadyNow() && HasPlace(group)) {
    const auto found = servers_.find(group.due.begin()->second);
    group.due.erase(group.due.begin());
    Poll(found->first, found->second);
  }
}

void Poller::Poll(const std::string& name, Entry& entry) {
  entry.polling = true;
  ++GroupOf(entry).under_way;
  Ask(name, entry);
}

void Poller::Ask(const std::string& name, Entry& entry) {
  entry.latest = loop_.SteadyNow();
  calls_.Enumerate(*entry.server, {.timeout = options_.timeout},
                   [this, name, number = entry.number](absl::StatusOr<Enumeration> enumeration) {
                     OnAnswer(name, number, std::move(enumeration));
                   });
}

bool Poller::Doubts(const Entry& entry, const absl::StatusOr<Enumeration>& enumeration) const {
  return enumeration.ok() && enumeration->sessions.empty() && entry.had_sessions && !entry.doubted;
}

void Poller::AskOnceMore(const std::string& name, Entry& entry) {
  entry.doubted = true;
  loop_.RunAt(loop_.SteadyNow() + kDoubtFor, [this, name, number = entry.number, alive = std::weak_ptr<bool>(alive_)] {
    if (alive.expired() || stopped_) return;
    const auto found = servers_.find(name);
    if (found != servers_.end() && found->second.number == number) Ask(name, found->second);
  });
}

void Poller::OnAnswer(const std::string& name, uint64_t number, absl::StatusOr<Enumeration> enumeration) {
  const auto found = servers_.find(name);
  if (stopped_ || found == servers_.end() || found->second.number != number) return;
  Entry& entry = found->second;
  if (Doubts(entry, enumeration)) return AskOnceMore(name, entry);
  entry.doubted = false;
  if (enumeration.ok()) entry.had_sessions = !enumeration->sessions.empty();
  --GroupOf(entry).under_way;
  entry.polling = false;
  entry.failures = enumeration.ok() ? 0 : entry.failures + 1;
  if (!std::exchange(entry.tried, true) && !first_round_done_) --untried_;
  Schedule(found->first, entry, entry.latest + IntervalOf(entry));
  CheckFirstRound();
  PollResult result{found->first, entry.latest, loop_.SteadyNow() - entry.latest, std::move(enumeration)};
  done_(std::move(result));
  Pump();
}

void Poller::CheckFirstRound() {
  if (untried_ == 0) first_round_done_ = true;
}

}  // namespace idlewarden::agent
