// A test server of tests/peer as a child process: WindowsPeer, SambaServer or BlackHole, driven by lines of JSON.
//
// Not thread-safe. Ends with this object, and with the test's process, whichever way that ends.

#ifndef IDLEWARDEN_TESTS_SMB_WORKER_PEER_PROCESS_H_
#define IDLEWARDEN_TESTS_SMB_WORKER_PEER_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <cstdio>
#include <string>

#include "rapidjson/document.h"

namespace idlewarden::tests {

class PeerProcess {
 public:
  // `kind`: windows, samba or black-hole. `arguments`: JSON object of the constructor's arguments (peer_main.py).
  PeerProcess(const std::string& kind, const std::string& arguments);
  ~PeerProcess();

  PeerProcess(const PeerProcess&) = delete;
  PeerProcess& operator=(const PeerProcess&) = delete;

  // Why no server could be started here; empty if one runs.
  const std::string& skip_reason() const { return skip_reason_; }

  const std::string& address() const { return address_; }
  uint16_t port() const { return port_; }
  const std::string& user() const { return user_; }
  const std::string& password() const { return password_; }

  // Sends {"cmd": `method`, …`arguments`}; `arguments` is a JSON object. The result; a test failure and null on error.
  rapidjson::Document Do(const std::string& method, const std::string& arguments = "{}");

 private:
  rapidjson::Document ReadLine();

  pid_t pid_ = -1;
  FILE* input_ = nullptr;
  FILE* output_ = nullptr;
  std::string skip_reason_;
  std::string address_;
  uint16_t port_ = 0;
  std::string user_;
  std::string password_;
};

}  // namespace idlewarden::tests

#endif  // IDLEWARDEN_TESTS_SMB_WORKER_PEER_PROCESS_H_
