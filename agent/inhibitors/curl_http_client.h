// CurlHttpClient: HttpClient by libcurl, on a thread of its own, so that a server that hangs holds up nobody else.
//
// HTTP and HTTPS only; redirections are not followed, and no proxy of the environment is used: what is asked is what
// the settings name. A body may have 8 MiB.
//
// Threads: see HttpClient. The destructor ends a request under way, within a second.

#ifndef IDLEWARDEN_AGENT_INHIBITORS_CURL_HTTP_CLIENT_H_
#define IDLEWARDEN_AGENT_INHIBITORS_CURL_HTTP_CLIENT_H_

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "agent/clock/event_loop.h"
#include "agent/inhibitors/http_client.h"

namespace idlewarden::agent {

class CurlHttpClient : public HttpClient {
 public:
  static constexpr size_t kMostBytes = size_t{8} << 20;

  explicit CurlHttpClient(EventLoop& loop);
  ~CurlHttpClient() override;

  void Get(const std::string& url, absl::Duration timeout, Done done) override;

 private:
  struct Request {
    std::string url;
    absl::Duration timeout;
    Done done;
  };

  void Work();
  absl::StatusOr<std::string> Perform(const Request& request) const;

  EventLoop& loop_;
  // Tells an answer on its way to the loop that the client still exists.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Request> request_;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_INHIBITORS_CURL_HTTP_CLIENT_H_
