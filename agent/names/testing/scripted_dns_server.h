// A name server for tests that does what no well-behaved one can be made to do: fails, keeps silent, is slow, or sends
// any bytes. On UDP, on loopback.
//
// Threads: one of its own; all methods from any thread.

#ifndef IDLEWARDEN_AGENT_NAMES_TESTING_SCRIPTED_DNS_SERVER_H_
#define IDLEWARDEN_AGENT_NAMES_TESTING_SCRIPTED_DNS_SERVER_H_

#include <netinet/in.h>

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "agent/names/dns_client.h"

namespace idlewarden::agent {

class ScriptedDnsServer {
 public:
  // The message to send for a question; nullopt: none. The id of the query is put in its first two bytes.
  using Script = std::function<std::optional<std::string>(const DnsQuestion&)>;

  explicit ScriptedDnsServer(Script script);
  ~ScriptedDnsServer();
  ScriptedDnsServer(const ScriptedDnsServer&) = delete;
  ScriptedDnsServer& operator=(const ScriptedDnsServer&) = delete;

  // As settings write it.
  std::string address() const;
  uint16_t port() const { return port_; }

  // Keeps the answers from now on; Release sends them and ends that.
  void Hold();
  void Release();

  std::vector<DnsQuestion> questions() const;

 private:
  void Serve();
  void Send(const sockaddr_in& to, const std::string& message) const;

  const Script script_;
  int socket_ = -1;
  uint16_t port_ = 0;
  int stop_[2] = {-1, -1};  // a pipe: closing the one end stops the thread
  mutable std::mutex mutex_;
  bool is_holding_ = false;                                // guarded by mutex_
  std::vector<std::pair<sockaddr_in, std::string>> held_;  // guarded by mutex_
  std::vector<DnsQuestion> questions_;                     // guarded by mutex_
  std::thread thread_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_NAMES_TESTING_SCRIPTED_DNS_SERVER_H_
