#include "agent/inhibitors/curl_http_client.h"

#include <curl/curl.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace idlewarden::agent {
namespace {

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

CurlHttpClient::CurlHttpClient(EventLoop& loop) : loop_(loop) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)initialised;  // each request would fail and say so
  thread_ = std::thread([this] { Work(); });
}

CurlHttpClient::~CurlHttpClient() {
  stopping_ = true;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    changed_.notify_one();
  }
  thread_.join();
}

void CurlHttpClient::Get(const std::string& url, absl::Duration timeout, Done done) {
  std::lock_guard<std::mutex> lock(mutex_);
  request_ = Request{.url = url, .timeout = timeout, .done = std::move(done)};
  changed_.notify_one();
}

void CurlHttpClient::Work() {
  while (true) {
    Request request;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || request_.has_value(); });
      if (stopping_) return;
      request = *std::exchange(request_, std::nullopt);
    }
    absl::StatusOr<std::string> body = Perform(request);
    if (stopping_) return;
    loop_.Post([alive = std::weak_ptr<bool>(alive_), done = std::move(request.done), body = std::move(body)]() mutable {
      if (!alive.expired()) done(std::move(body));
    });
  }
}

absl::StatusOr<std::string> CurlHttpClient::Perform(const Request& request) const {
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
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(&stopping_));
  if (const CURLcode code = curl_easy_perform(curl.get()); code != CURLE_OK) return ErrorOf(code, details);
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return absl::FailedPreconditionError(absl::StrCat("HTTP status ", status));
  return body;
}

}  // namespace idlewarden::agent
