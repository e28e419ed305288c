// CurlHttpClient: HttpClient by libcurl, on a thread of its own, so that a server that hangs holds up nobody else.
//
// HTTP and HTTPS only; redirections are not followed, and no proxy of the environment is used: what is asked is what
// the settings name. A body may have 8 MiB.
//
// Threads: see HttpClient. The destructor waits for half a second at most: what is under way then (a name resolution
// can take long, and cannot be interrupted) ends by itself, unheard.

#ifndef IDLEWARDEN_AGENT_INHIBITORS_CURL_HTTP_CLIENT_H_
#define IDLEWARDEN_AGENT_INHIBITORS_CURL_HTTP_CLIENT_H_

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

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

  // What the thread works with. It may outlive the client.
  struct Shared {
    std::atomic<bool> stopping{false};  // set under the mutex
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<Request> request;  // guarded by mutex
    bool ended = false;              // the thread; guarded by mutex
    EventLoop* loop;                 // guarded by mutex; not to be used any more once stopping
  };

  static void Work(const std::shared_ptr<Shared>& shared);
  static absl::StatusOr<std::string> Perform(const Request& request, std::atomic<bool>& stopping);

  // Tells an answer on its way to the loop that the client still exists.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_INHIBITORS_CURL_HTTP_CLIENT_H_
