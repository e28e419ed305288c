#include "tests/smb_worker/worker_under_test.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "gtest/gtest.h"

extern char** environ;

namespace idlewarden::tests {
namespace {

namespace v1 = backend::v1;

constexpr char kProgram[] = "agent/smb_worker/idlewarden-smb-worker";

v1::ErrorDetail DetailOf(const grpc::ClientContext& context) {
  v1::ErrorDetail detail;
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto found = trailers.find("idlewarden-error-bin");
  if (found != trailers.end()) detail.ParseFromArray(found->second.data(), static_cast<int>(found->second.size()));
  return detail;
}

void SetDeadline(grpc::ClientContext& context, std::chrono::milliseconds timeout) {
  context.set_deadline(gpr_time_from_millis(timeout.count(), GPR_TIMESPAN));
}

// What a call in flight stands on.
struct EnumerateCall {
  grpc::ClientContext context;
  v1::EnumerateSessionsRequest request;
  Outcome outcome;
  std::promise<Outcome> promise;
};

}  // namespace

std::vector<std::string> Outcome::pairs() const {
  std::vector<std::string> pairs;
  for (const v1::Session& session : response.sessions()) pairs.push_back(session.client() + "/" + session.user());
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

WorkerUnderTest::WorkerUnderTest() {
  std::string pattern = "/tmp/smb-worker-XXXXXX";  // short: a Unix socket's path
  folder_ = mkdtemp(pattern.data());
  socket_ = folder_ + "/socket";
  // The worker ends when its standard input, if it is a pipe, is closed; the test's own may be anything.
  int input[2];
  if (pipe2(input, O_CLOEXEC) != 0) abort();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
  std::string words[] = {kProgram, "--socket", socket_};
  char* argv[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  const int error = posix_spawn(&pid_, kProgram, &actions, nullptr, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(input[0]);
  input_ = input[1];
  if (error != 0) {
    ADD_FAILURE() << kProgram << " cannot be started";
    pid_ = -1;
    return;
  }
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 20);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 20);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 50);
  const auto channel = grpc::CreateCustomChannel("unix:" + socket_, grpc::InsecureChannelCredentials(), arguments);
  EXPECT_TRUE(channel->WaitForConnected(gpr_time_from_seconds(60, GPR_TIMESPAN))) << "the worker does not listen";
  stub_ = v1::SessionBackend::NewStub(channel);
}

WorkerUnderTest::~WorkerUnderTest() {
  EXPECT_TRUE(pid_ <= 0 || End(std::chrono::seconds(10))) << "the worker does not end";
  CloseInput();
  std::filesystem::remove_all(folder_);
}

bool WorkerUnderTest::End(std::chrono::milliseconds patience) {
  const pid_t pid = std::exchange(pid_, -1);
  if (input_ >= 0) kill(pid, SIGTERM);
  pollfd ended = {static_cast<int>(syscall(SYS_pidfd_open, pid, 0)), POLLIN, 0};
  const bool in_time = poll(&ended, 1, static_cast<int>(patience.count())) == 1;
  close(ended.fd);
  if (!in_time) kill(pid, SIGKILL);
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_TRUE(!in_time || (WIFEXITED(status) && WEXITSTATUS(status) == 0)) << "wait status " << status;
  return in_time;
}

void WorkerUnderTest::CloseInput() {
  if (input_ >= 0) close(input_);
  input_ = -1;
}

Outcome WorkerUnderTest::Enumerate(const v1::Target& target, std::chrono::milliseconds timeout) {
  return StartEnumerate(target, timeout).get();
}

std::future<Outcome> WorkerUnderTest::StartEnumerate(const v1::Target& target, std::chrono::milliseconds timeout) {
  auto call = std::make_shared<EnumerateCall>();
  *call->request.mutable_target() = target;
  SetDeadline(call->context, timeout);
  std::future<Outcome> future = call->promise.get_future();
  stub_->async()->EnumerateSessions(&call->context, &call->request, &call->outcome.response,
                                    [call](const grpc::Status& status) {
                                      call->outcome.status = status;
                                      call->outcome.detail = DetailOf(call->context);
                                      call->promise.set_value(std::move(call->outcome));
                                    });
  return future;
}

Outcome WorkerUnderTest::Close(const v1::Target& target, const std::string& client, const std::string& user,
                               std::chrono::milliseconds timeout) {
  grpc::ClientContext context;
  SetDeadline(context, timeout);
  v1::CloseSessionsRequest request;
  *request.mutable_target() = target;
  request.set_client(client);
  request.set_user(user);
  v1::CloseSessionsResponse response;
  Outcome outcome;
  outcome.status = stub_->CloseSessions(&context, request, &response);
  outcome.detail = DetailOf(context);
  return outcome;
}

v1::Target TargetOf(const PeerProcess& peer, const std::string& name) {
  v1::Target target;
  target.set_name(name);
  target.set_address(peer.address());
  target.set_port(peer.port());
  // The black hole has no user, and an empty one would be refused without a call.
  target.mutable_credentials()->set_user(peer.user().empty() ? "nobody" : peer.user());
  target.mutable_credentials()->set_password(peer.password());
  return target;
}

}  // namespace idlewarden::tests
