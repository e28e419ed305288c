// DnsServer: a real name server (dnsmasq) for tests, as a child process on loopback, with the records that the test
// gives it. It knows corp.example, 10.in-addr.arpa and 8.b.d.0.1.0.0.2.ip6.arpa, refuses all else, and asks nobody.
//
// Ends with this object, and with the test's process, whichever way that ends. Threads: not synchronised.

#ifndef IDLEWARDEN_AGENT_NAMES_TESTING_DNS_SERVER_H_
#define IDLEWARDEN_AGENT_NAMES_TESTING_DNS_SERVER_H_

#include <sys/types.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace idlewarden::agent {

class DnsServer {
 public:
  // By tools/install-packages --dev.
  static bool IsInstalled();

  // `hosts`: lines of a hosts file, "10.77.0.5 pc-5.corp.example", each of which gives an A or AAAA record and the PTR
  // record of its address. `options`: more of dnsmasq's, like --ptr-record=9.0.77.10.in-addr.arpa,pc-5.corp.example
  // and --cname=ALIAS,NAME. Null if it did not start; then `error` is its log.
  static std::unique_ptr<DnsServer> Start(const std::vector<std::string>& hosts,
                                          const std::vector<std::string>& options, std::string& error);
  ~DnsServer();
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  // As settings write it.
  std::string address() const;
  uint16_t port() const { return port_; }

  // Replaces the lines of `hosts`. When this returns they are in use.
  void SetHosts(const std::vector<std::string>& hosts);

 private:
  DnsServer() = default;

  void WriteHosts(const std::vector<std::string>& hosts) const;
  bool Spawn(const std::vector<std::string>& options);
  // Reads its log until a line has `text`; false, with all that was read in log_, if it ended before.
  bool WaitForLog(absl::string_view text);
  void End();

  std::string folder_;
  uint16_t port_ = 0;
  pid_t pid_ = -1;
  FILE* output_ = nullptr;
  std::string log_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_NAMES_TESTING_DNS_SERVER_H_
