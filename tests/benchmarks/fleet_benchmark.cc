// One agent with a fleet of simulated servers: what a round over all of them costs, whether closes keep their rate
// meanwhile, and how soon the control plane answers. The agent is the real one: settings file, event loop, ledger, gate
// and control plane; only the servers are simulated, in the same process, and their cost is part of the figures.
//
// After the first plan come three parts of one or more rounds each: the agent is paused, it closes, it closes and is
// asked all the time.
//
//   bazel run -c opt //tests/benchmarks:fleet_benchmark        # 10,000 servers of 500 sessions, 4 minutes
//   bazel run -c opt //tests/benchmarks:fleet_benchmark -- --servers 5000 --rounds 2

#include <stdlib.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/app/agent_app.h"
#include "agent/log/log.h"
#include "grpcpp/grpcpp.h"
#include "proto/idlewarden/control/v1/control.grpc.pb.h"

namespace idlewarden::agent {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kClosesPerSecond = 20;
// Each server is enumerated once in this time, whatever its sessions: a round's cost is what the figure is about.
constexpr int kRoundSeconds = 60;

// A server has about so many sessions of one such user, "alice1", that have been idle for an hour, whatever its size:
// a larger one has more users.
constexpr double kSessionsOfUser = 0.035;
constexpr const char* kUsers[] = {"alice1", "bob1",  "carol1", "dave1",  "erin1", "frank1",  "grace1", "heidi1",
                                  "ivan1",  "judy1", "karl1",  "laura1", "mike1", "nina1",   "oscar1", "peggy1",
                                  "quinn1", "ruth1", "sybil1", "trent1", "uma1",  "victor1", "wendy1", "yusuf1"};

struct Arguments {
  int servers = 10000;
  int sessions = 500;
  int rounds = 1;  // in each part
};

// Closes half as many more as the gate lets pass in the time of a run: it must never be short of work.
std::string PolicyFor(const Arguments& arguments) {
  const double wanted = 1.5 * kClosesPerSecond * 2 * arguments.rounds * kRoundSeconds;
  const auto users = static_cast<size_t>(wanted / (kSessionsOfUser * arguments.servers)) + 1;
  return absl::StrCat("version: 1\nlimits: {max_closes_per_cycle: unlimited, max_percent_per_server: unlimited}\n",
                      "protect:\n  - {name: service-accounts, when: {users: [\"svc-*\"]}}\nrules:\n",
                      "  - {name: left-the-desk, mode: enforce, when: {idle: 1h, users: [",
                      absl::StrJoin(kUsers, kUsers + std::min(users, std::size(kUsers)), ", "), "]}}\n",
                      "  - {name: kiosks, when: {idle: 8h, clients: [10.20.0.0/16]}}\n");
}

double CpuSeconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double PeakMegabytes() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

double SecondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// The folder with settings, policy and state; removed at the end.
class Workplace {
 public:
  explicit Workplace(const Arguments& arguments) {
    char name[] = "/tmp/idlewarden-fleet-XXXXXX";
    folder_ = mkdtemp(name);
    std::ofstream(Path("policy.yaml")) << PolicyFor(arguments);
    std::ofstream settings(Path("settings.yaml"));
    settings << "version: 1\nname: fleet\nmode: enforce\npolicy: policy.yaml\nstate_dir: state\nlog_level: info\n"
             << "listen: {control: 'unix:" << Path("control.sock") << "', http: '127.0.0.1:0'}\n"
             << "polling: {shortest: " << kRoundSeconds << "s, longest: " << kRoundSeconds << "s}\n"
             << "executor: {closes_per_second: " << kClosesPerSecond << ", burst: " << kClosesPerSecond << "}\n"
             << "servers:\n";
    for (int i = 0; i < arguments.servers; ++i) {
      settings << "  - {name: fs" << i << ", backend: simulated, simulated: {sessions: " << arguments.sessions
               << ", seed: " << i + 1 << "}}\n";
    }
  }
  ~Workplace() { std::filesystem::remove_all(folder_); }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }

 private:
  std::string folder_;
};

std::unique_ptr<control::v1::AgentService::Stub> Connect(const Workplace& workplace) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  return control::v1::AgentService::NewStub(grpc::CreateCustomChannel("unix:" + workplace.Path("control.sock"),
                                                                      grpc::InsecureChannelCredentials(), arguments));
}

// Returns when it is in force.
void SetPaused(control::v1::AgentService::Stub& stub, bool paused) {
  grpc::ClientContext context;
  control::v1::Status response;
  control::v1::PauseRequest request;
  request.set_reason("benchmark");
  const grpc::Status status = paused ? stub.Pause(&context, request, &response) : stub.Resume(&context, {}, &response);
  if (!status.ok()) std::abort();
}

// Asks the control plane again and again, as dashboards and people do; now and then it pauses the agent for a moment,
// which waits for the agent's own thread.
class Asker {
 public:
  explicit Asker(const Workplace& workplace) : stub_(Connect(workplace)), thread_([this] { Ask(); }) {}
  ~Asker() { Stop(); }
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;

  // Milliseconds that each answer took, shortest first.
  struct Took {
    std::vector<double> status;
    std::vector<double> pause;
  };
  Took Stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    std::sort(took_.status.begin(), took_.status.end());
    std::sort(took_.pause.begin(), took_.pause.end());
    return took_;
  }

 private:
  void Ask() {
    for (int turn = 1; !stop_; ++turn) {
      took_.status.push_back(Milliseconds([this] {
        grpc::ClientContext context;
        control::v1::Status status;
        if (!stub_->GetStatus(&context, {}, &status).ok()) std::abort();
      }));
      if (turn % kTurnsToAPause == 0) {
        took_.pause.push_back(Milliseconds([this] { SetPaused(*stub_, true); }));
        SetPaused(*stub_, false);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
  }

  template <typename Call>
  static double Milliseconds(const Call& call) {
    const Clock::time_point start = Clock::now();
    call();
    return SecondsSince(start) * 1000;
  }

  static constexpr int kTurnsToAPause = 25;

  std::unique_ptr<control::v1::AgentService::Stub> stub_;
  Took took_;  // the thread's until it is joined
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

// Counts what the agent's log tells.
class Counter {
 public:
  uint64_t closed() const { return closed_; }

 private:
  std::atomic<uint64_t> closed_{0};
  ScopedLogSink sink_{[this](const LogRecord& record) {
    if (record.event == "close-outcome" && record.Field("outcome") == "closed") ++closed_;
  }};
};

// How many closes there are in each ten seconds.
class Pace {
 public:
  explicit Pace(const Counter& counter) : counter_(counter), closed_(counter.closed()) {}

  // To be called often.
  void Look() {
    if (SecondsSince(since_) < kSeconds) return;
    const double rate = static_cast<double>(counter_.closed() - closed_) / SecondsSince(since_);
    least_ = least_ < 0 ? rate : std::min(least_, rate);
    closed_ = counter_.closed();
    since_ = Clock::now();
  }
  // A second; negative before the first ten seconds have passed.
  double least() const { return least_; }

 private:
  static constexpr double kSeconds = 10;

  const Counter& counter_;
  uint64_t closed_;
  Clock::time_point since_ = Clock::now();
  double least_ = -1;
};

template <typename Condition>
void WaitFor(Condition condition) {
  while (!condition()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

void Line(const char* what, const std::string& value, const char* target) {
  std::printf("%-58s %14s   %s\n", what, value.c_str(), target);
}

std::string Number(double value, const char* unit) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.1f %s", value, unit);
  return text;
}

// What happens in one part of the run.
struct Part {
  double cpu_of_round = 0;  // seconds
  double closes = 0;        // a second
  double least_closes = 0;  // in the ten seconds with the fewest
};

Part RunPart(const Arguments& arguments, const Counter& counter) {
  const Clock::time_point begin = Clock::now();
  const double cpu = CpuSeconds();
  const uint64_t closed = counter.closed();
  Pace pace(counter);
  WaitFor([&] {
    pace.Look();
    return SecondsSince(begin) >= arguments.rounds * kRoundSeconds;
  });
  const double seconds = SecondsSince(begin);
  return {.cpu_of_round = (CpuSeconds() - cpu) / seconds * kRoundSeconds,
          .closes = static_cast<double>(counter.closed() - closed) / seconds,
          .least_closes = pace.least()};
}

int Run(const Arguments& arguments) {
  const Workplace workplace(arguments);
  const Counter counter;
  AgentApp app({.config = workplace.Path("settings.yaml")});
  const Clock::time_point begin = Clock::now();
  if (!app.Check() || !app.Start().ok()) return 1;
  const auto stub = Connect(workplace);
  std::thread thread([&] { app.Run(); });
  SetPaused(*stub, true);
  WaitFor([&] { return app.view()->cycle != nullptr; });
  const auto pairs = [&] { return app.view()->cycle->result.plan.pairs.size(); };
  std::printf("%d servers, %zu sessions, %zu pairs to be closed; a round each %d s\n\n", arguments.servers,
              app.view()->cycle->table.session_count(), pairs(), kRoundSeconds);
  const size_t passing = static_cast<size_t>(2 * arguments.rounds * kRoundSeconds * kClosesPerSecond);
  if (pairs() < passing) std::printf("Closes will be short of work: the gate would let %zu pass.\n\n", passing);
  Line("from the start to the first plan", Number(SecondsSince(begin), "s"), "");
  Line("  its CPU", Number(CpuSeconds(), "s"), "");

  const Part paused = RunPart(arguments, counter);
  Line("CPU of a round: all servers enumerated, decided, planned", Number(paused.cpu_of_round, "s"), "at most 10 s");

  SetPaused(*stub, false);
  const Part closing = RunPart(arguments, counter);
  Line("  and with closes", Number(closing.cpu_of_round, "s"), "");
  Line("closes a second", Number(closing.closes, ""), absl::StrCat(kClosesPerSecond, " configured").c_str());
  Line("  in the ten seconds with the fewest", Number(closing.least_closes, ""), "");

  // Last: to ask for the status of so many servers costs more than to watch over them, and who asks is in this process.
  Asker asker(workplace);
  const Part asked = RunPart(arguments, counter);
  const Asker::Took took = asker.Stop();
  Line("closes a second, while the agent is asked", Number(asked.closes, ""), "");
  Line("  in the ten seconds with the fewest", Number(asked.least_closes, ""), "");
  Line("control plane, status: 99th percentile", Number(took.status[took.status.size() * 99 / 100], "ms"),
       "at most 100 ms");
  if (!took.pause.empty()) {
    Line("  until a pause is in force: longest", Number(took.pause.back(), "ms"), "at most 1000 ms");
  }
  Line("resident memory, peak", Number(PeakMegabytes(), "MB"), "at most 1200 MB");
  std::printf("\n%zu answers of the control plane, %zu pairs still to be closed\n", took.status.size(), pairs());
  app.Stop();
  thread.join();
  return 0;
}

}  // namespace
}  // namespace idlewarden::agent

int main(int argc, char** argv) {
  idlewarden::agent::Arguments arguments;
  CLI::App options("One agent with a fleet of simulated servers: CPU, memory, closes, answers.");
  options.add_option("--servers", arguments.servers, "how many")->capture_default_str()->check(CLI::PositiveNumber);
  options.add_option("--sessions", arguments.sessions, "of each")->capture_default_str()->check(CLI::PositiveNumber);
  options.add_option("--rounds", arguments.rounds, "of a minute, in each of three parts")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  CLI11_PARSE(options, argc, argv);
  return idlewarden::agent::Run(arguments);
}
