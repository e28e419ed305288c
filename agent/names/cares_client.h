// CaresClient: DnsClient by c-ares, on a thread of its own, so that nothing in the agent ever waits for DNS.
//
// DNS only: no /etc/hosts, whose entries hold on this machine alone (Debian names the machine itself 127.0.1.1 there),
// and no NetBIOS. Aliases are followed; an answer too large for UDP is asked for over TCP. Name servers and search
// domains are those of resolv.conf, which is read again when it changes: the agent may start before the network does.
// What each reading found is logged as `nameservers-read`.
//
// Threads: as DnsClient. The c-ares channel belongs to this object's own thread.

#ifndef IDLEWARDEN_AGENT_NAMES_CARES_CLIENT_H_
#define IDLEWARDEN_AGENT_NAMES_CARES_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/clock/event_loop.h"
#include "agent/names/dns_client.h"

namespace idlewarden::agent {

class CaresClient final : public DnsClient {
 public:
  struct Options {
    std::vector<std::string> nameservers;       // see ParseNameserver; empty: those of resolv.conf
    absl::Duration timeout = absl::Seconds(2);  // of a question, with all its tries and name servers
    std::string resolv_conf = "/etc/resolv.conf";
    uint16_t port = 53;  // of name servers without one
  };

  // InvalidArgument for a name server that is none, Unavailable if the library cannot be set up. `loop` must outlive
  // the client.
  static absl::StatusOr<std::unique_ptr<CaresClient>> Make(EventLoop& loop, const Options& options);
  ~CaresClient() override;

  void Ask(const DnsQuestion& question, Done done) override;
  std::vector<std::string> SearchDomains() const override;

 private:
  class Worker;

  explicit CaresClient(std::unique_ptr<Worker> worker);

  std::unique_ptr<Worker> worker_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_NAMES_CARES_CLIENT_H_
