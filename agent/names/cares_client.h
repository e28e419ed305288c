// CaresClient: DnsClient by c-ares, on a thread of its own, so that nothing in the agent ever waits for DNS.
//
// DNS only: no /etc/hosts and no NetBIOS. A name without a dot is completed with the system's search domains.
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
    std::vector<std::string> nameservers;       // "10.0.0.53", "127.0.0.1:5353", "[::1]:53"; empty: the system's
    absl::Duration timeout = absl::Seconds(2);  // after which nobody waits any more; each name server is tried twice
  };

  // InvalidArgument for a name server that is none; the message says how to write one. `loop` must outlive the client.
  static absl::StatusOr<std::unique_ptr<CaresClient>> Make(EventLoop& loop, const Options& options);
  // What is under way is not answered any more.
  ~CaresClient() override;

  void Reverse(const policy::IpAddress& address, Callback done) override;
  void Forward(const std::string& name, Callback done) override;

 private:
  class Worker;

  explicit CaresClient(std::unique_ptr<Worker> worker);

  std::unique_ptr<Worker> worker_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_NAMES_CARES_CLIENT_H_
