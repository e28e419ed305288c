// DnsServer: a real DNS server (Debian's dnsmasq) on loopback with the records that a test wants.
//
// Runs as a child process in a temporary folder, on a port that was free; ends with the object.

#ifndef IDLEWARDEN_AGENT_NAMES_TESTING_DNS_SERVER_H_
#define IDLEWARDEN_AGENT_NAMES_TESTING_DNS_SERVER_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace idlewarden::agent {

class DnsServer {
 public:
  // The server is in charge of `example.`, and refuses to answer for other domains. Options of dnsmasq, such as
  // "--host-record=pc-1.example,10.0.0.1". Ends the test's process if it cannot start.
  explicit DnsServer(const std::vector<std::string>& options);
  ~DnsServer();
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  // "127.0.0.1:PORT", for CaresClient::Options.
  std::string address() const;

 private:
  int port_ = 0;
  pid_t child_ = -1;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_NAMES_TESTING_DNS_SERVER_H_
