#include "agent/servers/simulated/simulated_population.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

namespace idlewarden::agent {
namespace {

constexpr int64_t kMinute = 60;
constexpr int64_t kHour = 3600;
constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

// What a hash decides: keeps the decisions of one session independent of each other.
enum What : uint64_t { kPeriod, kPhase, kGap, kPerson, kElsewhere, kHabit, kRhythm, kShare, kTick, kFiles, kReturn };

constexpr const char* kFirstNames[] = {"alice", "bob",  "carol", "dave",  "erin", "frank",  "grace", "heidi",
                                       "ivan",  "judy", "karl",  "laura", "mike", "nina",   "oscar", "peggy",
                                       "quinn", "ruth", "sybil", "trent", "uma",  "victor", "wendy", "yusuf"};
constexpr const char* kServices[] = {"backup", "sql", "scanner", "erp"};

// SplitMix64 (Steele, Lea, Flood 2014).
uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

int64_t Between(uint64_t hash, int64_t least, int64_t most) {
  return least + static_cast<int64_t>(hash % static_cast<uint64_t>(most - least + 1));
}

// How a person uses the session: works for `work` seconds of each `rhythm`, with a request every `tick`.
struct Habit {
  int64_t rhythm;
  int64_t work;
  int64_t tick;
};

// Seconds since the last request, `lived` seconds after the session began.
int64_t IdleSeconds(const Habit& habit, int64_t lived) {
  const int64_t position = lived % habit.rhythm;
  const int64_t last = std::min(position, habit.work);
  return position - last / habit.tick * habit.tick;
}

}  // namespace

SimulatedPopulation::SimulatedPopulation(uint64_t seed, int sessions)
    // Slots are empty for a twentieth of the time on average.
    : seed_(Mix(seed)), slots_(static_cast<uint64_t>(sessions) + static_cast<uint64_t>(sessions) / 20) {}

uint64_t SimulatedPopulation::Hash(uint64_t slot, int64_t life, uint64_t what) const {
  return Mix(seed_ ^ Mix(slot * 16 + what) ^ Mix(~static_cast<uint64_t>(life)));
}

SimulatedPopulation::Life SimulatedPopulation::LifeAt(uint64_t slot, int64_t now) const {
  const int64_t period = Between(Hash(slot, 0, kPeriod), 2 * kHour, 12 * kHour);
  const int64_t phase = Between(Hash(slot, 0, kPhase), 0, period - 1);
  // The zeroth life is under way at second 0; `now` is not negative.
  const int64_t number = (now + phase) / period;
  const int64_t begin = number * period - phase;
  const int64_t gap = Between(Hash(slot, number, kGap), kMinute, period / 10);
  return {number, begin, begin + period - gap};
}

std::string SimulatedPopulation::UserOf(uint64_t person) const {
  const uint64_t kind = Mix(person ^ seed_) % 100;
  const std::string name = absl::StrCat(kFirstNames[person % 24], person / 24 == 0 ? "" : absl::StrCat(person / 24));
  if (kind < 8) return absl::StrCat("ext-", name);
  if (kind < 11) return absl::StrCat("svc-", kServices[person % 4], person / 4);
  if (kind < 13) return absl::StrCat("HV", person, "$");
  if (kind < 23) return absl::StrCat("kiosk", person);
  if (kind < 24) return "";  // a null session
  return name;
}

std::string SimulatedPopulation::ClientOf(uint64_t person, bool elsewhere) const {
  // Terminal servers: many people on few addresses.
  if (elsewhere) return absl::StrCat("10.30.0.", 1 + person % 4);
  const uint64_t kind = Mix(person ^ seed_) % 100;  // as UserOf's
  if (kind >= 13 && kind < 23) return absl::StrCat("10.20.", person / 250 % 256, ".", 1 + person % 250);
  if (kind >= 24 && kind < 28) return absl::StrCat("[2001:db8:40::", absl::Hex(person + 1), "]");
  if (kind >= 28 && kind < 32) return absl::StrCat("WS-", absl::Dec(person, absl::kZeroPad5));
  return absl::StrCat("10.40.", person / 250 % 256, ".", 1 + person % 250);
}

policy::Session SimulatedPopulation::Describe(uint64_t slot, const Life& life, int64_t now) const {
  // Fewer people than slots: some are logged on twice, as on real servers.
  const uint64_t person = Hash(slot, life.number, kPerson) % (slots_ * 4 + 1);
  const uint64_t kind = Hash(slot, life.number, kHabit) % 100;
  const int64_t lived = now - life.begin;
  const int64_t length = life.end - life.begin;
  Habit habit{.rhythm = length + 1, .work = length, .tick = Between(Hash(slot, life.number, kTick), 5, 55)};
  if (kind >= 65) {  // left for good
    habit.work = Between(Hash(slot, life.number, kShare), kMinute, 30 * kMinute);
  } else if (kind >= 30) {  // comes and goes
    habit.rhythm = Between(Hash(slot, life.number, kRhythm), 20 * kMinute, 3 * kHour);
    habit.work = Between(Hash(slot, life.number, kShare), habit.rhythm / 5, habit.rhythm * 4 / 5);
  }
  const bool at_work = lived % habit.rhythm < habit.work;
  const uint64_t files = Hash(slot, life.number, kFiles);
  policy::Session session;
  session.client = ClientOf(person, Hash(slot, life.number, kElsewhere) % 100 < 12);
  session.user = UserOf(person);
  session.idle_seconds = IdleSeconds(habit, lived);
  session.age_seconds = lived;
  // Most who leave have nothing open.
  session.open_files = at_work ? 1 + static_cast<int64_t>(files % 6) : files % 10 < 2 ? 1 : 0;
  session.client_type = "";
  session.transport = "";
  session.guest = false;
  return session;
}

std::optional<policy::Session> SimulatedPopulation::SessionAt(uint64_t slot, int64_t now) const {
  Life life = LifeAt(slot, now);
  if (now >= life.end) return std::nullopt;
  const auto ended = ended_.find(slot);
  if (ended != ended_.end() && ended->second.life == life.number) {
    if (now < ended->second.back_at) return std::nullopt;
    life.begin = ended->second.back_at;
  }
  return Describe(slot, life, now);
}

void SimulatedPopulation::AppendSessions(int64_t now, std::vector<policy::Session>* sessions) const {
  sessions->reserve(sessions->size() + slots_);
  for (uint64_t slot = 0; slot < slots_; ++slot) {
    std::optional<policy::Session> session = SessionAt(slot, now);
    if (session.has_value()) sessions->push_back(*std::move(session));
  }
}

int SimulatedPopulation::End(int64_t now, const std::function<bool(const policy::Session&)>& matches) {
  int ended = 0;
  for (uint64_t slot = 0; slot < slots_; ++slot) {
    const std::optional<policy::Session> session = SessionAt(slot, now);
    if (!session.has_value() || !matches(*session)) continue;
    const Life life = LifeAt(slot, now);
    const uint64_t hash = Hash(slot, now, kReturn);
    const int64_t back_at = hash % 100 < 15 ? now + Between(hash >> 8, 20, 20 * kMinute) : kNever;
    ended_[slot] = {life.number, back_at};
    ++ended;
  }
  // Entries of sessions that would be over by now mean nothing any more.
  for (auto it = ended_.begin(); it != ended_.end();) {
    it = LifeAt(it->first, now).number == it->second.life ? std::next(it) : ended_.erase(it);
  }
  return ended;
}

}  // namespace idlewarden::agent
