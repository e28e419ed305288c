#include "agent/inhibitors/curl_http_client.h"

#include <curl/curl.h>

#include <chrono>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace idlewarden::agent {
namespace {

constexpr std::chrono::milliseconds kPatience(500);

struct CurlCloser {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};

size_t AppendBody(char* data, size_t size, size_t count, void* to) {
  auto& body = *static_cast<std::string*>(to);
  if (body.size() + size * count > CurlHttpClient::kMostBytes) return 0;  // ends the transfer
  body.append(data, size * count);
  return size * count;
}

// Called about once a second, and more often while data comes.
int EndIfStopping(void* stopping, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(stopping)->load() ? 1 : 0;
}

absl::Status ErrorOf(CURLcode code, const char* details) {
  const std::string message = *details != '\0' ? details : curl_easy_strerror(code);
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return absl::DeadlineExceededError(message);
    case CURLE_WRITE_ERROR:
      return absl::ResourceExhaustedError("the answer is too large");
    default:
      return absl::UnavailableError(message);
  }
}

}  // namespace

CurlHttpClient::CurlHttpClient(EventLoop& loop) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)initialised;  // each request would fail and say so
  shared_->loop = &loop;
  std::thread([shared = shared_] {
    Work(shared);
    std::lock_guard<std::mutex> lock(shared->mutex);
    shared->ended = true;
    shared->changed.notify_all();
  }).detach();
}

CurlHttpClient::~CurlHttpClient() {
  std::unique_lock<std::mutex> lock(shared_->mutex);
  shared_->stopping = true;
  shared_->changed.notify_all();
  shared_->changed.wait_for(lock, kPatience, [this] { return shared_->ended; });
}

void CurlHttpClient::Get(const std::string& url, absl::Duration timeout, Done done) {
  const auto answer = [alive = std::weak_ptr<bool>(alive_), done = std::move(done)](absl::StatusOr<std::string> body) {
    if (!alive.expired()) done(std::move(body));
  };
  std::lock_guard<std::mutex> lock(shared_->mutex);
  shared_->request = Request{.url = url, .timeout = timeout, .done = answer};
  shared_->changed.notify_one();
}

void CurlHttpClient::Work(const std::shared_ptr<Shared>& shared) {
  while (true) {
    Request request;
    {
      std::unique_lock<std::mutex> lock(shared->mutex);
      shared->changed.wait(lock, [&] { return shared->stopping || shared->request.has_value(); });
      if (shared->stopping) return;
      request = *std::exchange(shared->request, std::nullopt);
    }
    absl::StatusOr<std::string> body = Perform(request, shared->stopping);
    std::lock_guard<std::mutex> lock(shared->mutex);
    if (shared->stopping) return;
    shared->loop->Post([done = std::move(request.done), body = std::move(body)]() mutable { done(std::move(body)); });
  }
}

absl::StatusOr<std::string> CurlHttpClient::Perform(const Request& request, std::atomic<bool>& stopping) {
  const std::unique_ptr<CURL, CurlCloser> curl(curl_easy_init());
  if (curl == nullptr) return absl::InternalError("libcurl cannot be used");
  std::string body;
  char details[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, details);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(absl::ToInt64Milliseconds(request.timeout)));
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &AppendBody);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, &EndIfStopping);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, &stopping);
  if (const CURLcode code = curl_easy_perform(curl.get()); code != CURLE_OK) return ErrorOf(code, details);
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return absl::FailedPreconditionError(absl::StrCat("HTTP status ", status));
  return body;
}

}  // namespace idlewarden::agent
