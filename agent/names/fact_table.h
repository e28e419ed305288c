// FactTable: what was learned about each of many keys, for how long it is good, and when to look it up again.
//
// A fact is asked for again before it expires, as long as the key is in use: somebody wanted it within a given time.
// After that it is forgotten, and the key with it. The number of keys is bounded: the one wanted least recently makes
// room, unless it is in use; more keys in use than there is room for must not push each other out for ever, so then the
// new one gets none.
//
// Bookkeeping only: time is an argument, and who looks up what is due is somebody else. Threads: not synchronised.

#ifndef IDLEWARDEN_AGENT_NAMES_FACT_TABLE_H_
#define IDLEWARDEN_AGENT_NAMES_FACT_TABLE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "agent/clock/steady_time.h"

namespace idlewarden::agent {

template <typename Key, typename Value>
class FactTable {
 public:
  // A look-up that is under way; of a key that was dropped, and added again since, it says nothing any more.
  struct Ticket {
    Key key;
    uint64_t serial;
    bool is_first;  // nothing was ever said of the key
  };

  FactTable(size_t most, absl::Duration in_use) : most_(most), in_use_(in_use) {}

  // Somebody wants to know of `key`, last at `wanted` (InfiniteFuture: until it is erased): it is looked up when it is
  // due, at once if it is new. False if there is no room.
  bool Want(const Key& key, SteadyTime now, SteadyTime wanted) {
    auto found = by_key_.find(key);
    if (found == by_key_.end()) {
      if (!MakeRoom(now)) return false;
      entries_.push_back(Entry{.key = key, .serial = next_serial_++});
      found = by_key_.emplace(key, std::prev(entries_.end())).first;
    } else {
      entries_.splice(entries_.end(), entries_, found->second);
    }
    Entry& entry = *found->second;
    entry.wanted = wanted;
    if (entry.is_dormant) Change(entry, [&] { entry.next_look_up = now; });
    entry.is_dormant = false;
    return true;
  }

  void Erase(const Key& key) {
    const auto found = by_key_.find(key);
    if (found != by_key_.end()) Erase(found->second);
  }

  // What is known at `now`; null if nothing is.
  const Value* Find(const Key& key, SteadyTime now) const {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : Known(*found->second, now);
  }

  // Calls visit(key, value) for all that is known at `now`.
  template <typename Visit>
  void ForEach(SteadyTime now, Visit visit) const {
    for (const Entry& entry : entries_) {
      if (const Value* value = Known(entry, now)) visit(entry.key, *value);
    }
  }

  // Whether the key of a look-up that has not begun is still there and in use.
  bool IsWanted(const Ticket& ticket, SteadyTime now) const {
    const Entry* const entry = Of(ticket);
    return entry != nullptr && IsInUse(*entry, now);
  }

  // The next time at which anything is due or expires.
  SteadyTime NextEvent() const { return events_.empty() ? SteadyTime::InfiniteFuture() : events_.begin()->first; }

  // Forgets what has expired by `now`; true if there was any. Adds to `due` what is to be looked up: each until it is
  // ended by Learn, Fail or Drop.
  bool Advance(SteadyTime now, std::vector<Ticket>& due) {
    bool has_forgotten = false;
    while (NextEvent() <= now) {
      const EntryIterator entry = by_key_.at(events_.begin()->second);
      if (entry->value.has_value() && entry->expires <= now) {
        Change(*entry, [&] { entry->value.reset(); });
        has_forgotten = true;
      } else if (IsInUse(*entry, now)) {
        due.push_back({entry->key, entry->serial, !entry->is_answered});
        Change(*entry, [&] { entry->next_look_up = SteadyTime::InfiniteFuture(); });
        entry->is_looked_up = true;
        continue;
      } else {
        Change(*entry, [&] { entry->next_look_up = SteadyTime::InfiniteFuture(); });
        entry->is_dormant = true;
      }
      if (entry->is_dormant && !entry->value.has_value()) Erase(entry);
    }
    return has_forgotten;
  }

  // The end of a look-up: `value` is known until `expires`, or nothing is. True if that differs from what was known.
  bool Learn(const Ticket& ticket, SteadyTime now, std::optional<Value> value, SteadyTime expires,
             SteadyTime next_look_up) {
    Entry* const entry = Of(ticket);
    if (entry == nullptr) return false;
    const Value* const before = Known(*entry, now);
    const bool differs = (before != nullptr) != value.has_value() || (before != nullptr && *before != *value);
    Change(*entry, [&] {
      entry->value = std::move(value);
      entry->expires = expires;
      entry->next_look_up = next_look_up;
    });
    End(*entry);
    return differs;
  }

  // The end of a look-up that said nothing: what was known stays good until it expires.
  void Fail(const Ticket& ticket, SteadyTime next_look_up) {
    Entry* const entry = Of(ticket);
    if (entry == nullptr) return;
    Change(*entry, [&] { entry->next_look_up = next_look_up; });
    End(*entry);
  }

  // The look-up is not made: nobody waits for it any more.
  void Drop(const Ticket& ticket) {
    Entry* const entry = Of(ticket);
    if (entry == nullptr) return;
    entry->is_looked_up = false;
    entry->is_dormant = true;
    if (!entry->value.has_value()) Erase(ticket.key);
  }

  size_t size() const { return by_key_.size(); }

 private:
  struct Entry {
    Key key;
    uint64_t serial = 0;
    std::optional<Value> value;
    SteadyTime expires;                                      // of the value
    SteadyTime next_look_up = SteadyTime::InfiniteFuture();  // while none is under way
    SteadyTime wanted;
    bool is_answered = false;
    bool is_looked_up = false;
    bool is_dormant = true;  // not looked up again until somebody wants it
  };
  using EntryIterator = typename std::list<Entry>::iterator;

  static const Value* Known(const Entry& entry, SteadyTime now) {
    return entry.value.has_value() && now < entry.expires ? &*entry.value : nullptr;
  }

  bool IsInUse(const Entry& entry, SteadyTime now) const { return now < entry.wanted + in_use_; }

  const Entry* Of(const Ticket& ticket) const {
    const auto found = by_key_.find(ticket.key);
    return found == by_key_.end() || found->second->serial != ticket.serial ? nullptr : &*found->second;
  }
  Entry* Of(const Ticket& ticket) { return const_cast<Entry*>(std::as_const(*this).Of(ticket)); }

  // What is being looked up keeps its place, so that there are never more look-ups waiting than keys.
  bool MakeRoom(SteadyTime now) {
    if (entries_.size() < most_) return true;
    if (entries_.empty() || entries_.front().is_looked_up || IsInUse(entries_.front(), now)) return false;
    Erase(entries_.begin());
    return true;
  }

  static SteadyTime EventOf(const Entry& entry) {
    return entry.value.has_value() ? std::min(entry.expires, entry.next_look_up) : entry.next_look_up;
  }

  // All changes of times go through here, so that events_ always holds the entry's next one.
  template <typename Changes>
  void Change(Entry& entry, Changes changes) {
    events_.erase({EventOf(entry), entry.key});
    changes();
    const SteadyTime event = EventOf(entry);
    if (event != SteadyTime::InfiniteFuture()) events_.insert({event, entry.key});
  }

  static void End(Entry& entry) {
    entry.is_answered = true;
    entry.is_looked_up = false;
  }

  void Erase(EntryIterator entry) {
    events_.erase({EventOf(*entry), entry->key});
    by_key_.erase(entry->key);
    entries_.erase(entry);
  }

  const size_t most_;
  const absl::Duration in_use_;
  std::list<Entry> entries_;  // the one wanted least recently first
  absl::flat_hash_map<Key, EntryIterator> by_key_;
  std::set<std::pair<SteadyTime, Key>> events_;
  uint64_t next_serial_ = 1;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_NAMES_FACT_TABLE_H_
