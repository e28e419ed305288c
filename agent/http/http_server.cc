#include "agent/http/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "CivetServer.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "civetweb.h"

namespace idlewarden::agent {
namespace {

// HOST:PORT; host empty for all addresses.
struct HostPort {
  std::string host;
  int port = 0;
};

bool IsIpv4(absl::string_view host) {
  const std::vector<std::string> parts = absl::StrSplit(host, '.');
  if (parts.size() != 4) return false;
  for (const std::string& part : parts) {
    int number = -1;
    if (part.size() > 3 || !absl::SimpleAtoi(part, &number) || number < 0 || number > 255) return false;
  }
  return true;
}

absl::StatusOr<HostPort> ParseAddress(const std::string& address) {
  const size_t colon = address.rfind(':');
  HostPort parsed;
  if (colon == std::string::npos || !absl::SimpleAtoi(address.substr(colon + 1), &parsed.port) || parsed.port < 0 ||
      parsed.port > 65535) {
    return absl::InvalidArgumentError(absl::StrCat("\"", address, "\" is not HOST:PORT"));
  }
  parsed.host = address.substr(0, colon);
  if (parsed.host == "localhost") parsed.host = "127.0.0.1";
  if (parsed.host == "0.0.0.0") parsed.host = "";
  if (!parsed.host.empty() && !IsIpv4(parsed.host)) {
    return absl::InvalidArgumentError(absl::StrCat("\"", address, "\": the host must be an IPv4 address"));
  }
  return parsed;
}

void Answer(mg_connection* connection, const char* status, const char* type, const std::string& body) {
  const std::string head =
      absl::StrCat("HTTP/1.1 ", status, "\r\nContent-Type: ", type, "\r\nContent-Length: ", body.size(),
                   "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff"
                   "\r\nConnection: close\r\n\r\n");
  mg_write(connection, head.data(), head.size());
  // Garbage has no method.
  const char* method = mg_get_request_info(connection)->request_method;
  if (method == nullptr || absl::string_view(method) != "HEAD") mg_write(connection, body.data(), body.size());
}

constexpr char kPlain[] = "text/plain; charset=utf-8";

// civetweb's own answers to requests that it cannot read have a date, for which it calls gmtime from many threads.
int AnswerError(mg_connection* connection, int status, const char* message) {
  Answer(connection, absl::StrCat(status, " Error").c_str(), kPlain, "not a request that this port answers\n");
  return 0;  // nothing more to say
}

// One page: GET and HEAD, at exactly its path.
class Page : public CivetHandler {
 public:
  explicit Page(std::string path) : path_(std::move(path)) {}

  bool handleGet(CivetServer*, mg_connection* connection) override { return Serve(connection); }
  bool handleHead(CivetServer*, mg_connection* connection) override { return Serve(connection); }
  bool handlePost(CivetServer*, mg_connection* connection) override { return Refuse(connection); }
  bool handlePut(CivetServer*, mg_connection* connection) override { return Refuse(connection); }
  bool handleDelete(CivetServer*, mg_connection* connection) override { return Refuse(connection); }
  bool handlePatch(CivetServer*, mg_connection* connection) override { return Refuse(connection); }

 protected:
  virtual void Write(mg_connection* connection) = 0;

 private:
  bool Serve(mg_connection* connection) {
    // civetweb also asks this handler for paths below its own.
    if (path_ == mg_get_request_info(connection)->local_uri) {
      Write(connection);
    } else {
      Answer(connection, "404 Not Found", kPlain, "no such page: /metrics, /healthz and /readyz are here\n");
    }
    return true;
  }
  static bool Refuse(mg_connection* connection) {
    Answer(connection, "405 Method Not Allowed", kPlain, "read only\n");
    return true;
  }

  const std::string path_;
};

class MetricsPage final : public Page {
 public:
  explicit MetricsPage(std::function<std::string()> text) : Page("/metrics"), text_(std::move(text)) {}

 protected:
  void Write(mg_connection* connection) override {
    Answer(connection, "200 OK", "text/plain; version=0.0.4; charset=utf-8", text_ ? text_() : "");
  }

 private:
  const std::function<std::string()> text_;
};

class HealthPage final : public Page {
 public:
  HealthPage(std::string path, std::function<HealthReport()> report)
      : Page(std::move(path)), report_(std::move(report)) {}

 protected:
  void Write(mg_connection* connection) override {
    const HealthReport report = report_ ? report_() : HealthReport();
    Answer(connection, report.ok ? "200 OK" : "503 Service Unavailable", kPlain, report.text);
  }

 private:
  const std::function<HealthReport()> report_;
};

class NoPage final : public Page {
 public:
  NoPage() : Page("") {}

 protected:
  void Write(mg_connection*) override {}
};

// civetweb says why a start failed only to its log.
class ErrorLog {
 public:
  static int Write(const mg_connection* connection, const char* message) {
    // CivetServer keeps itself as civetweb's user data.
    const auto* server = static_cast<const CivetServer*>(mg_get_user_data(mg_get_context(connection)));
    if (server == nullptr || message == nullptr) return 1;
    // Only Impl makes servers, and gives them a log.
    static_cast<ErrorLog*>(const_cast<void*>(server->getUserContext()))->Add(message);
    return 1;
  }
  std::string text() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return text_;
  }

 private:
  void Add(const char* message) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (text_.size() < 1000) absl::StrAppend(&text_, text_.empty() ? "" : "; ", message);
  }

  mutable std::mutex mutex_;
  std::string text_;  // guarded by mutex_
};

// Connects and goes away.
void Knock(const std::string& host, int port) {
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (connection < 0) return;
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  close(connection);
}

}  // namespace

class HttpServer::Impl {
 public:
  explicit Impl(HttpServerOptions options)
      : metrics_(std::move(options.metrics)),
        healthz_("/healthz", std::move(options.healthz)),
        readyz_("/readyz", std::move(options.readyz)) {}

  absl::Status Listen(const HostPort& where, int threads, int request_timeout_ms) {
    const std::vector<std::string> settings = {
        "listening_ports",
        absl::StrCat(where.host, where.host.empty() ? "" : ":", where.port),
        "num_threads",
        absl::StrCat(threads),
        "request_timeout_ms",
        absl::StrCat(request_timeout_ms),
        "keep_alive_timeout_ms",
        absl::StrCat(request_timeout_ms),
        "enable_keep_alive",
        "no",
        "enable_directory_listing",
        "no",
    };
    CivetCallbacks callbacks;
    callbacks.log_message = &ErrorLog::Write;
    callbacks.http_error = &AnswerError;
    try {
      server_ = std::make_unique<CivetServer>(settings, &callbacks, &errors_);
    } catch (const CivetException& error) {
      const std::string why = errors_.text();
      return absl::UnavailableError(why.empty() ? error.what() : why);
    }
    server_->addHandler("/metrics", metrics_);
    server_->addHandler("/healthz", healthz_);
    server_->addHandler("/readyz", readyz_);
    server_->addHandler("/", nothing_else_);
    port_ = server_->getListeningPorts().at(0);
    host_ = where.host.empty() ? "127.0.0.1" : where.host;
    address_ = absl::StrCat(where.host.empty() ? "0.0.0.0" : where.host, ":", port_);
    return absl::OkStatus();
  }

  ~Impl() {
    if (server_ == nullptr) return;
    // civetweb looks for its end only when its wait for connections, of two seconds, is over: connections end the wait.
    std::mutex mutex;
    std::condition_variable closed;
    bool done = false;
    std::thread closer([&] {
      server_->close();
      std::lock_guard<std::mutex> lock(mutex);
      done = true;
      closed.notify_one();
    });
    std::unique_lock<std::mutex> lock(mutex);
    while (!closed.wait_for(lock, std::chrono::milliseconds(5), [&] { return done; })) Knock(host_, port_);
    lock.unlock();
    closer.join();
  }

  const std::string& address() const { return address_; }
  int port() const { return port_; }

 private:
  ErrorLog errors_;
  MetricsPage metrics_;
  HealthPage healthz_;
  HealthPage readyz_;
  NoPage nothing_else_;
  std::string address_;
  std::string host_;
  int port_ = 0;
  std::unique_ptr<CivetServer> server_;  // last: its threads use the pages
};

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(HttpServerOptions options) {
  const std::string address = options.address;
  const absl::StatusOr<HostPort> where = ParseAddress(address);
  if (!where.ok()) return where.status();
  const int threads = options.threads;
  const int timeout = options.request_timeout_ms;
  auto impl = std::make_unique<Impl>(std::move(options));
  if (const absl::Status listening = impl->Listen(*where, threads, timeout); !listening.ok()) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ": ", listening.message()));
  }
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

const std::string& HttpServer::address() const { return impl_->address(); }
int HttpServer::port() const { return impl_->port(); }

}  // namespace idlewarden::agent
