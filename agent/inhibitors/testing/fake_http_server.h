// An HTTP server for tests, on loopback: answers each connection with bytes that the test gives, or not at all.
//
// Threads: one of its own; Answer from any.

#ifndef IDLEWARDEN_AGENT_INHIBITORS_TESTING_FAKE_HTTP_SERVER_H_
#define IDLEWARDEN_AGENT_INHIBITORS_TESTING_FAKE_HTTP_SERVER_H_

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/string_view.h"

namespace idlewarden::agent {

class FakeHttpServer {
 public:
  // `listens`: false for a port that refuses connections, and that nobody else can take.
  explicit FakeHttpServer(bool listens = true);
  ~FakeHttpServer();

  std::string url() const;
  // What connections get from now on: a whole answer. Empty: nothing, the connection stays open.
  void Answer(std::string bytes);
  // The same, with this status and body.
  void Answer(int status, absl::string_view body);
  // The first lines of the requests so far: "GET /path HTTP/1.1".
  std::vector<std::string> requests() const;

 private:
  void Serve();

  int listener_ = -1;
  int port_ = 0;
  int stop_[2] = {-1, -1};  // a pipe: closing the one end stops the thread
  mutable std::mutex mutex_;
  std::string answer_;                 // guarded by mutex_
  std::vector<std::string> requests_;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_INHIBITORS_TESTING_FAKE_HTTP_SERVER_H_
