#include "policy/testing/random_case.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/model/condition.h"
#include "policy/snapshot/snapshot_writer.h"

namespace idlewarden::policy::testing {
namespace {

constexpr absl::string_view kLists =
    "lists:\n"
    "  staff: [alice, \"b*\", \"CORP\\\\carol\", \"carol@corp.example\"]\n"
    "  admins: [$staff, \"*\\\\root\", \"?ve\"]\n"
    "  nets: [10.0.0.0/8, \"2001:db8::/32\", \"kiosk-*\"]\n"
    "  hosts: [backup01, kiosk-1.corp.example, \"*.lab\"]\n"
    "  more-nets: [$nets, 192.0.2.7, \"::/0\"]\n";

class Generator {
 public:
  explicit Generator(std::mt19937_64& random) : random_(random) {}

  // 0 to below - 1.
  int Number(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }
  bool Chance(int percent) { return Number(100) < percent; }

  template <size_t N>
  std::string Pick(const std::array<const char*, N>& choices) {
    return choices[Number(N)];
  }

  std::string User() {
    return Pick(std::array{"alice",
                           "Alice",
                           "bob",
                           "CORP\\alice",
                           "corp\\carol",
                           "carol",
                           "lab\\root",
                           "root",
                           "eve",
                           "",
                           "J\xC3\xB6rg",
                           "J\xC3\x96RG",
                           "Jo\xCC\x88rg",
                           "svc-1",
                           "NODE$",
                           "A\\B\\bob",
                           "alice@corp.example",
                           "ALICE@Corp.example",
                           "carol@lab",
                           "carol@a@corp.example",
                           "node$@CORP.EXAMPLE",
                           "CORP+svc-1",
                           "corp+Alice",
                           "lab+x+bob",
                           "CORP\\a+b",
                           "\\alice",
                           "alice@",
                           "@corp.example",
                           "+bob",
                           "CORP+",
                           "CORP+node$",
                           "a$@lab"});
  }
  std::string Client() {
    return Pick(std::array{"10.0.0.1",
                           "\\\\10.0.0.1",
                           "[::ffff:10.0.0.1]",
                           "10.0.0.200",
                           "192.0.2.7",
                           "2001:db8::1",
                           "[2001:DB8::1]",
                           "fe80::1%eth0",
                           "kiosk-1",
                           "\\\\KIOSK-2",
                           "pc-1",
                           "",
                           "198.51.100.9",
                           "kiosk-1.corp.example",
                           "\\\\PC-1.corp.example.",
                           "pc-1.",
                           "backup01",
                           "Backup01.lab",
                           "2001:0DB8:0:0:0::1",
                           "::ffff:c000:207",
                           "10.0.0.1.",
                           "b\xC3\xBCro-1",
                           "bu\xCC\x88ro-1.lab",
                           "."});
  }
  std::string HostName() {
    return Pick(std::array{"kiosk-1", "KIOSK-1.corp.example", "kiosk-2.lab.", "backup01", "backup01.corp.example",
                           "pc-1", "nobody", "b\xC3\xBCro-1.lab", ""});
  }
  std::vector<std::string> HostNames() {
    std::vector<std::string> names;
    for (int i = Number(3); i > 0; --i) names.push_back(HostName());
    return names;
  }
  HostAddresses Hosts() {
    HostAddresses hosts;
    for (int i = Number(6); i > 0; --i) {
      std::vector<IpAddress>& addresses = hosts[HostName()];
      for (int j = Number(3); j > 0; --j) {
        addresses.push_back(*IpAddress::Parse(Pick(std::array{"10.0.0.1", "192.0.2.7", "2001:db8::1", "10.0.0.200"})));
      }
    }
    return hosts;
  }
  int64_t Seconds() { return std::array{0, 59, 60, 61, 899, 900, 901, 1800, 3600, 7200, 86400}[Number(11)]; }

  Session MakeSession() {
    Session session;
    session.client = Client();
    session.user = User();
    if (Chance(85)) session.idle_seconds = Seconds();
    if (Chance(85)) session.age_seconds = Seconds();
    if (Chance(85)) session.open_files = Number(4);
    if (Chance(70)) session.client_type = Pick(std::array{"", "Windows 10", "macOS"});
    if (Chance(70)) session.transport = Pick(std::array{"", "tcp", "quic"});
    if (Chance(70)) session.guest = Chance(30);
    if (Chance(25)) session.address = Pick(std::array{"10.0.0.1", "192.0.2.7", "2001:db8::5", "nonsense", ""});
    if (Chance(40)) session.names = HostNames();
    if (Chance(25)) session.idle_bound = IdleBound::kAtLeast;
    if (Chance(60)) session.connection = Pick(std::array{"c1", "c2", "C1", "c3", "c4"});
    session.own = Chance(3);
    return session;
  }

  std::string Duration() { return Pick(std::array{"1m", "15m", "30m", "1h", "2h", "1d"}); }
  std::string Entries(const std::function<std::string()>& entry) {
    std::vector<std::string> entries;
    for (int i = Number(3); i >= 0; --i) entries.push_back(entry());
    return absl::StrCat("[", absl::StrJoin(entries, ", "), "]");
  }
  std::string Patterns(const std::function<std::string()>& entry) {
    if (Chance(50)) return Entries(entry);
    if (Chance(40)) return absl::StrCat("{not_in: ", Entries(entry), "}");
    return absl::StrCat("{in: ", Entries(entry), ", not_in: ", Entries(entry), "}");
  }

  std::string UserEntry() {
    return Pick(std::array{"alice",
                           "\"B*\"",
                           "\"CORP\\\\alice\"",
                           "\"CORP\\\\*\"",
                           "\"*\\\\alice\"",
                           "\"*\"",
                           "\"?ve\"",
                           "\"*o*\"",
                           "\"J\xC3\x96*\"",
                           "$staff",
                           "$admins",
                           "\"svc-?\"",
                           "\"*$\"",
                           "nobody",
                           "\"?\xC3\xB6rg\"",
                           "\"a?i*e\"",
                           "\"jo\xCC\x88rg\"",
                           "alice@CORP.example",
                           "\"*@corp.example\"",
                           "\"carol@*\"",
                           "\"*$@lab\"",
                           "\"CORP\\\\svc-*\"",
                           "\"A\\\\*\\\\bob\"",
                           "\"lab\\\\*\"",
                           "\"a*@?@*\"",
                           "\"\\\\alice\"",
                           "\"*@\"",
                           "CORP+svc-1"});
  }
  std::string ClientEntry() {
    return Pick(std::array{"10.0.0.1",
                           "10.0.0.0/8",
                           "10.0.0.0/25",
                           "\"2001:db8::/32\"",
                           "\"2001:db8::1\"",
                           "\"::/0\"",
                           "0.0.0.0/0",
                           "\"kiosk-*\"",
                           "\"*-1\"",
                           "\"*\"",
                           "$nets",
                           "$more-nets",
                           "\"pc-?\"",
                           "nobody",
                           "$hosts",
                           "backup01",
                           "backup01.corp.example.",
                           "KIOSK-1",
                           "kiosk-1.corp.example",
                           "\"kiosk-?.*\"",
                           "\"*.corp.example\"",
                           "\"**\"",
                           "\"pc-1.\"",
                           "bu\xCC\x88ro-1",
                           "\"?\xC3\xBCro-1.lab\"",
                           "\"::ffff:10.0.0.1\""});
  }
  std::string ServerEntry() { return Pick(std::array{"fs01", "\"FS*\"", "\"*2\"", "\"*\"", "\"nas?\""}); }
  std::string TextEntry() { return Pick(std::array{"\"\"", "\"win*\"", "\"*\"", "tcp", "\"?uic\"", "macos"}); }

  std::string TimeBounds() {
    if (Chance(60)) return Duration();
    if (Chance(50)) return absl::StrCat("{below: ", Duration(), "}");
    return Pick(std::array{"{at_least: 1m, below: 15m}", "{at_least: 15m, below: 1h}", "{at_least: 1h, below: 1d}"});
  }
  std::string CountBounds() {
    return Pick(
        std::array{"0", "1", "2", "{at_least: 0}", "{at_least: 1}", "{at_most: 1}", "{at_least: 1, at_most: 2}"});
  }
  std::string Servers() {
    if (Chance(60)) return Patterns([this] { return ServerEntry(); });
    return Pick(std::array{"{labels: {site: ams}}", "{labels: {site: [ams, rtm], tier: 1}}",
                           "{not_in: [fs01], labels: {tier: [1, 2]}}", "{labels: {rack: x}}"});
  }
  std::string During() {
    return Pick(std::array{"{from: \"08:00\", to: \"18:00\"}", "{from: \"18:00\", to: \"08:00\"}", "{days: [sat-sun]}",
                           "[{days: [mon-fri], from: \"00:00\", to: \"12:00\"}, {from: \"23:00\", to: \"24:00\", zone: "
                           "Asia/Kolkata}]"});
  }

  std::string Entry(Field field) {
    if (field == Field::kUsers) return UserEntry();
    return field == Field::kClients ? ClientEntry() : TextEntry();
  }

  std::string Value(const FieldInfo& info) {
    switch (info.kind) {
      case FieldKind::kTime:
        return TimeBounds();
      case FieldKind::kCount:
        // Servers have many sessions.
        if (info.scope == FieldScope::kServer) return Chance(50) ? "{at_least: 10}" : "{at_most: 12}";
        return CountBounds();
      case FieldKind::kPatterns:
        return Patterns([&] { return Entry(info.field); });
      case FieldKind::kServers:
        return Servers();
      case FieldKind::kFlag:
        return Chance(50) ? "true" : "false";
      case FieldKind::kWindows:
        break;
    }
    return During();
  }

  std::string Condition(const FieldInfo& info) { return absl::StrCat(info.key, ": ", Value(info)); }

  // Each condition at most once; at least one if `some`.
  std::vector<std::string> Map(int percent, bool some) {
    std::vector<std::string> map;
    for (const FieldInfo& info : kFields) {
      if (Chance(percent)) map.push_back(Condition(info));
    }
    if (map.empty() && some) map.push_back(Condition(kFields[Number(kFields.size())]));
    return map;
  }

  RandomWhen When() {
    RandomWhen when;
    when.all = Map(12, false);
    if (Chance(35)) {
      for (int i = Number(3); i >= 0; --i) when.any.push_back(Map(10, true));
    }
    if (when.all.empty() && when.any.empty()) when.all = Map(20, true);
    return when;
  }

  ServerSnapshot Server(const std::string& name, int sessions) {
    ServerSnapshot server;
    server.name = name;
    if (Chance(60)) server.labels["site"] = Pick(std::array{"ams", "rtm", "lon"});
    if (Chance(60)) server.labels["tier"] = Pick(std::array{"1", "2", "3"});
    server.complete = Chance(90);
    if (Chance(30)) server.domain_separator = "+";
    server.close_scope = std::array{CloseScope::kPair, CloseScope::kClient, CloseScope::kConnection}[Number(3)];
    for (int i = 0; i < sessions; ++i) server.sessions.push_back(MakeSession());
    return server;
  }

 private:
  std::mt19937_64& random_;
};

std::string WhenYaml(const RandomWhen& when) {
  std::vector<std::string> parts = when.all;
  std::vector<std::string> maps;
  for (const auto& map : when.any) maps.push_back(absl::StrCat("{", absl::StrJoin(map, ", "), "}"));
  if (!maps.empty()) parts.push_back(absl::StrCat("any: [", absl::StrJoin(maps, ", "), "]"));
  return absl::StrCat("{", absl::StrJoin(parts, ", "), "}");
}

// Removes each element in turn where the case still fails without it. True if any went.
template <typename T>
bool ShrinkVector(RandomCase& failing, std::vector<T>& parts, size_t least,
                  const std::function<bool(const RandomCase&)>& fails) {
  bool shrunk = false;
  for (size_t i = parts.size(); i-- > 0 && parts.size() > least;) {
    T removed = std::move(parts[i]);
    parts.erase(parts.begin() + static_cast<ptrdiff_t>(i));
    if (fails(failing)) {
      shrunk = true;
    } else {
      parts.insert(parts.begin() + static_cast<ptrdiff_t>(i), std::move(removed));
    }
  }
  return shrunk;
}

// Takes away what a value says where the case still fails without it. True if it went.
template <typename T>
bool ShrinkValue(RandomCase& failing, T& value, const std::function<bool(const RandomCase&)>& fails) {
  if (value == T()) return false;
  T removed = std::exchange(value, T());
  if (fails(failing)) return true;
  value = std::move(removed);
  return false;
}

bool ShrinkHosts(RandomCase& failing, const std::function<bool(const RandomCase&)>& fails) {
  bool shrunk = false;
  for (auto host = failing.hosts.begin(); host != failing.hosts.end();) {
    auto removed = failing.hosts.extract(host++);
    if (fails(failing)) {
      shrunk = true;
    } else {
      failing.hosts.insert(std::move(removed));
    }
  }
  return shrunk;
}

// What surrounds the sessions, and what is known of their hosts.
bool ShrinkFacts(RandomCase& failing, const std::function<bool(const RandomCase&)>& fails) {
  bool shrunk = ShrinkHosts(failing, fails);
  for (ServerSnapshot& server : failing.servers) {
    shrunk |= ShrinkValue(failing, server.domain_separator, fails);
    shrunk |= ShrinkValue(failing, server.close_scope, fails);
    for (Session& session : server.sessions) {
      shrunk |= ShrinkValue(failing, session.names, fails);
      shrunk |= ShrinkValue(failing, session.address, fails);
      shrunk |= ShrinkValue(failing, session.connection, fails);
      shrunk |= ShrinkValue(failing, session.idle_bound, fails);
    }
  }
  return shrunk;
}

bool ShrinkWhen(RandomCase& failing, RandomWhen& when, const std::function<bool(const RandomCase&)>& fails) {
  bool shrunk = ShrinkVector(failing, when.any, 0, fails);
  shrunk |= ShrinkVector(failing, when.all, 0, fails);
  for (auto& map : when.any) shrunk |= ShrinkVector(failing, map, 1, fails);
  return shrunk;
}

}  // namespace

RandomCase MakeRandomCase(std::mt19937_64& random, const RandomCaseSize& size) {
  Generator generator(random);
  RandomCase result;
  for (int i = generator.Number(size.protections + 1); i > 0; --i) result.protections.push_back(generator.When());
  for (int i = generator.Number(size.rules + 1); i > 0; --i) {
    result.rules.push_back({generator.When(), generator.Chance(70), generator.Chance(20) ? generator.Duration() : ""});
  }
  for (const char* name : {"fs01", "FS02", "nas1"}) {
    result.servers.push_back(generator.Server(name, generator.Number(size.sessions)));
  }
  if (generator.Chance(60)) result.hosts = generator.Hosts();
  result.at = absl::FromUnixSeconds(1'795'000'000) + absl::Minutes(generator.Number(14 * 24 * 60));
  return result;
}

RandomCase Shrink(RandomCase failing, const std::function<bool(const RandomCase&)>& fails) {
  for (bool shrunk = true; shrunk;) {
    shrunk = ShrinkVector(failing, failing.rules, 0, fails);
    shrunk |= ShrinkVector(failing, failing.protections, 0, fails);
    shrunk |= ShrinkVector(failing, failing.servers, 0, fails);
    for (ServerSnapshot& server : failing.servers) shrunk |= ShrinkVector(failing, server.sessions, 0, fails);
    shrunk |= ShrinkFacts(failing, fails);
    for (RandomRule& rule : failing.rules) shrunk |= ShrinkWhen(failing, rule.when, fails);
    for (RandomWhen& when : failing.protections) shrunk |= ShrinkWhen(failing, when, fails);
  }
  return failing;
}

std::string RandomCase::Yaml() const {
  std::string yaml = absl::StrCat("version: 1\nzone: Europe/Amsterdam\n", kLists,
                                  "limits: {max_closes_per_cycle: 30, max_percent_per_server: 80}\n",
                                  "protect:", protections.empty() ? " []" : "", "\n");
  for (size_t i = 0; i < protections.size(); ++i) {
    absl::StrAppend(&yaml, "- {name: p", i, ", when: ", WhenYaml(protections[i]), "}\n");
  }
  absl::StrAppend(&yaml, "rules:", rules.empty() ? " []" : "", "\n");
  for (size_t i = 0; i < rules.size(); ++i) {
    absl::StrAppend(&yaml, "- {name: r", i, ", when: ", WhenYaml(rules[i].when),
                    ", close_active: true, mode: ", rules[i].enforce ? "enforce" : "observe",
                    rules[i].for_time.empty() ? "" : ", for: ", rules[i].for_time, "}\n");
  }
  return yaml;
}

std::string RandomCase::ToString() const {
  return absl::StrCat(Yaml(), "# sessions\n", WriteSnapshot({at, servers, hosts}), "\n");
}

std::string FirstDifference(uint64_t first_seed, uint64_t cases, const RandomCaseSize& size,
                            const std::function<std::string(const RandomCase&)>& difference) {
  for (uint64_t seed = first_seed; seed < first_seed + cases; ++seed) {
    std::mt19937_64 random(seed);
    const RandomCase made = MakeRandomCase(random, size);
    if (difference(made).empty()) continue;
    const RandomCase shrunk = Shrink(made, [&](const RandomCase& smaller) { return !difference(smaller).empty(); });
    return absl::StrCat("seed ", seed, ": ", difference(shrunk), "\n", shrunk.ToString());
  }
  return "";
}

}  // namespace idlewarden::policy::testing
