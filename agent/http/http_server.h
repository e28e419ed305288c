// HttpServer: the agent's HTTP pages, read only: /metrics, /healthz, /readyz.
//
// Plain HTTP over IPv4 (Debian 12's civetweb has neither a usable TLS nor IPv6): bind it to loopback or to the
// management network, or put a reverse proxy before it.
//
// Threads: handlers run on the server's own threads, several at once; Start and the destructor from one thread.

#ifndef IDLEWARDEN_AGENT_HTTP_HTTP_SERVER_H_
#define IDLEWARDEN_AGENT_HTTP_HTTP_SERVER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace idlewarden::agent {

// The answer of a health page: 200 if `ok`, else 503. `text` is shown as it is.
struct HealthReport {
  bool ok = true;
  std::string text = "ok\n";
};

struct HttpServerOptions {
  std::string address = "127.0.0.1:9846";  // HOST:PORT, HOST an IPv4 address or empty for all; port 0 picks one
  std::function<std::string()> metrics;    // text format 0.0.4
  std::function<HealthReport()> healthz;   // alive: the process works at all
  std::function<HealthReport()> readyz;    // ready: settings and policy are in force, a server was enumerated
  int threads = 16;
  int request_timeout_ms = 2000;
};

class HttpServer {
 public:
  // InvalidArgument for an address that cannot be understood; Unavailable that says why it cannot be bound.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(HttpServerOptions options);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  // Ends requests in progress and closes the port.
  ~HttpServer();

  // HOST:PORT as really bound.
  const std::string& address() const;
  int port() const;

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_HTTP_HTTP_SERVER_H_
