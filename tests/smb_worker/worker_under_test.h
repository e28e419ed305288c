// idlewarden-smb-worker as a child process, and calls to it over its real socket.
//
// Calls may be made from any thread.

#ifndef IDLEWARDEN_TESTS_SMB_WORKER_WORKER_UNDER_TEST_H_
#define IDLEWARDEN_TESTS_SMB_WORKER_WORKER_UNDER_TEST_H_

#include <sys/types.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "grpcpp/grpcpp.h"
#include "proto/idlewarden/backend/v1/backend.grpc.pb.h"
#include "tests/smb_worker/peer_process.h"

namespace idlewarden::tests {

struct Outcome {
  grpc::Status status;
  backend::v1::EnumerateSessionsResponse response;  // of an enumeration
  backend::v1::ErrorDetail detail;                  // of a failure

  // "ok" or the cause.
  std::string cause() const { return status.ok() ? "ok" : detail.cause(); }
  // "client/user" of each row, sorted.
  std::vector<std::string> pairs() const;
};

class WorkerUnderTest {
 public:
  WorkerUnderTest();
  // Ends it; a failure if that takes more than ten seconds, or if it does not end cleanly.
  ~WorkerUnderTest();

  WorkerUnderTest(const WorkerUnderTest&) = delete;
  WorkerUnderTest& operator=(const WorkerUnderTest&) = delete;

  Outcome Enumerate(const backend::v1::Target& target, std::chrono::milliseconds timeout = std::chrono::minutes(1));
  std::future<Outcome> StartEnumerate(const backend::v1::Target& target, std::chrono::milliseconds timeout);
  Outcome Close(const backend::v1::Target& target, const std::string& client, const std::string& user,
                std::chrono::milliseconds timeout = std::chrono::minutes(1));

  // SIGTERM, unless its input was closed. Whether it has ended within `patience`; once at most.
  bool End(std::chrono::milliseconds patience);
  // The other sign to end: as if this process had died.
  void CloseInput();

  pid_t pid() const { return pid_; }
  const std::string& socket() const { return socket_; }

 private:
  std::string folder_;
  std::string socket_;
  pid_t pid_ = -1;
  int input_ = -1;  // the pipe that is the worker's standard input
  std::unique_ptr<backend::v1::SessionBackend::Stub> stub_;
};

// The peer as its administrator.
backend::v1::Target TargetOf(const PeerProcess& peer, const std::string& name = "server");

}  // namespace idlewarden::tests

#endif  // IDLEWARDEN_TESTS_SMB_WORKER_WORKER_UNDER_TEST_H_
