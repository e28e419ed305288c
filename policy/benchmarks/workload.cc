#include "policy/benchmarks/workload.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "policy/compiler/compile.h"

namespace idlewarden::policy::benchmarks {
namespace {

constexpr int kUsers = 20'000;
constexpr int kClients = 20'000;
constexpr int kListed = 10'000;

std::string UserName(int i) {
  return i % 10 == 0 ? absl::StrFormat("CORP\\user%05d", i) : absl::StrFormat("user%05d", i);
}

// Addresses of 10.0.0.0/8 for nine in ten, names for the others.
std::string ClientName(int i) {
  if (i % 10 == 0) return absl::StrFormat("pc-%05d", i);
  return absl::StrFormat("10.%d.%d.%d", i / 4096, i / 16 % 256, 10 + i % 16);
}

class PolicyMaker {
 public:
  explicit PolicyMaker(uint64_t seed) : random_(seed) {}

  int Number(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }

  // About as mixed as large sites' rules are: two in three name users or clients, half are bound to servers.
  // Of the set that matches nothing, seven in ten ask for more idle time than any session has, the others for users
  // that do not exist.
  std::string Rule(int number, Set set) {
    if (set == Set::kNone && Number(10) >= 7) {
      return absl::StrCat("- {name: r", number, ", when: {idle: 5m, users: [ext", number, ", \"ext", number,
                          "-*\"]}}\n");
    }
    std::string when = absl::StrCat("idle: ", (set == Set::kNone ? 240 : 0) + 5 * (1 + Number(24)), "m");
    const int kind = Number(6);
    if (kind == 0 || kind == 3) absl::StrAppend(&when, ", users: [", UserEntry(), ", ", UserEntry(), "]");
    if (kind == 1 || kind == 3) absl::StrAppend(&when, ", clients: [", ClientEntry(), ", ", ClientEntry(), "]");
    if (kind == 2) absl::StrAppend(&when, ", users: {in: [\"user*\"], not_in: [", UserEntry(), "]}, age: {below: 10m}");
    if (kind == 4) {
      absl::StrAppend(&when, ", open_files: {at_least: 5}, servers: [\"fs", absl::StrFormat("%04d", Number(2000)),
                      "\"]");
    }
    if (kind == 5)
      absl::StrAppend(&when, ", servers: {labels: {site: site", Number(50), "}}, open_files: {at_least: 5}");
    if (Number(2) == 0 && kind < 4)
      absl::StrAppend(&when, ", servers: [\"fs", absl::StrFormat("%02d", Number(20)), "*\"]");
    if (Number(8) == 0) absl::StrAppend(&when, ", during: {days: [mon-fri], from: \"19:00\", to: \"07:00\"}");
    return absl::StrCat("- {name: r", number, ", when: {", when, "}, mode: ", Number(3) == 0 ? "observe" : "enforce",
                        "}\n");
  }

 private:
  std::string UserEntry() {
    switch (Number(8)) {
      case 0:
        return "\"ext-*\"";
      case 1:
        return absl::StrFormat("\"user%03d*\"", Number(200));
      case 2:
        return absl::StrFormat("\"*%04d\"", Number(10'000));
      case 3:
        return absl::StrFormat("\"CORP\\\\user%05d\"", Number(kUsers));
      default:
        return absl::StrFormat("user%05d", Number(kUsers));
    }
  }
  std::string ClientEntry() {
    switch (Number(4)) {
      case 0:
        return absl::StrFormat("10.%d.%d.0/24", Number(5), Number(256));
      case 1:
        return absl::StrFormat("\"pc-%03d*\"", Number(200));
      default:
        return absl::StrCat("\"", ClientName(1 + 10 * Number(kClients / 10)), "\"");
    }
  }

  std::mt19937_64 random_;
};

// 10,000 users that exist and 10,000 networks that no client is in, so that they are looked at but decide little.
std::string Lists() {
  std::string text = "lists:\n  leavers:\n";
  for (int i = 0; i < kListed; ++i) absl::StrAppend(&text, "  - gone", i, "\n");
  absl::StrAppend(&text, "  branches:\n");
  for (int i = 0; i < kListed; ++i) {
    absl::StrAppend(&text, "  - 172.", 16 + i / 4096, ".", i / 16 % 256, ".", i % 16 * 16, "/28\n");
  }
  return text;
}

}  // namespace

std::vector<ServerSnapshot> MakeServers(int servers, int sessions_per_server) {
  std::mt19937_64 random(42);
  const auto number = [&](int below) { return std::uniform_int_distribution<int>(0, below - 1)(random); };
  std::vector<ServerSnapshot> snapshots;
  for (int i = 0; i < servers; ++i) {
    ServerSnapshot& server = snapshots.emplace_back();
    server.name = absl::StrFormat("fs%04d", i);
    server.labels["site"] = absl::StrCat("site", i % 100);
    for (int row = 0; row < sessions_per_server; ++row) {
      Session& session = server.sessions.emplace_back();
      session.client = ClientName(number(kClients));
      session.user = UserName(number(kUsers));
      session.idle_seconds = 3600 + number(7200);
      session.age_seconds = 11'000 + number(100'000);
      session.open_files = number(4) == 0 ? number(3) : 0;
      session.client_type = "";
      session.transport = "";
      session.guest = false;
    }
  }
  return snapshots;
}

const SessionTable& FullTable() {
  static const SessionTable* table = [] {
    auto* made = new SessionTable;
    for (const ServerSnapshot& server : MakeServers(kServers, kSessionsPerServer)) made->SetServer(server);
    return made;
  }();
  return *table;
}

std::string PolicyText(int rules, Set set) {
  std::string text =
      absl::StrCat("version: 1\n", Lists(), "protect:\n- {name: branches, when: {clients: [$branches]}}\n",
                   "- {name: services, when: {users: [\"svc-*\", backup, $leavers]}}\n", "rules:\n");
  // Nine in ten sessions are past this limit; the others go on to the other rules.
  if (set == Set::kEarly)
    absl::StrAppend(&text, "- {name: early, when: {idle: 72m, open_files: {at_least: 0}}, mode: enforce}\n");
  PolicyMaker maker(static_cast<uint64_t>(rules));
  for (int i = 0; i < rules - (set == Set::kEarly ? 1 : 0); ++i) text += maker.Rule(i, set);
  return text;
}

const CompiledPolicy& CachedPolicy(int rules, Set set) {
  static auto* policies = new std::map<std::pair<int, Set>, std::shared_ptr<const CompiledPolicy>>;
  std::shared_ptr<const CompiledPolicy>& policy = (*policies)[{rules, set}];
  if (policy != nullptr) return *policy;
  CompileResult result = CompilePolicy({"benchmark.yaml", PolicyText(rules, set), nullptr});
  policy = result.policy;
  if (policy != nullptr) return *policy;
  for (const Diagnostic& d : result.diagnostics) std::fprintf(stderr, "%s\n", FormatDiagnostic(d).c_str());
  std::abort();
}

}  // namespace idlewarden::policy::benchmarks
