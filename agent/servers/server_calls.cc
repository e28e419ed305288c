#include "agent/servers/server_calls.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/servers/server_error.h"

namespace idlewarden::agent {

// One call under way. Touched on the loop only; the server's answer is posted there first.
template <typename Result>
class ServerCalls::Call {
 public:
  Call(std::weak_ptr<bool> owner, std::function<void(Result)> done)
      : owner_(std::move(owner)), done_(std::move(done)) {}

  void set_timer(EventLoop::TimerId timer) { timer_ = timer; }

  void Finish(EventLoop& loop, Result result) {
    if (done_ == nullptr) return;  // answered after its deadline
    auto done = std::exchange(done_, nullptr);
    loop.CancelTimer(timer_);
    if (owner_.expired()) return;
    done(std::move(result));
  }

 private:
  std::weak_ptr<bool> owner_;
  std::function<void(Result)> done_;
  EventLoop::TimerId timer_ = 0;
};

ServerCalls::ServerCalls(EventLoop& loop, absl::Duration grace) : loop_(loop), grace_(grace) {}

ServerCalls::~ServerCalls() = default;

template <typename Result>
std::function<void(Result)> ServerCalls::Start(absl::Duration timeout, std::function<void(Result)> done) {
  auto call = std::make_shared<Call<Result>>(alive_, std::move(done));
  call->set_timer(loop_.RunAt(loop_.SteadyNow() + timeout + grace_, [call, &loop = loop_, timeout] {
    call->Finish(loop, ServerError(absl::StatusCode::kDeadlineExceeded, "timeout", 0,
                                   absl::StrCat("no answer within ", absl::FormatDuration(timeout))));
  }));
  return [call, &loop = loop_](Result result) {
    loop.Post([call, &loop, result = std::move(result)]() mutable { call->Finish(loop, std::move(result)); });
  };
}

void ServerCalls::Enumerate(SessionServer& server, const EnumerateRequest& request,
                            SessionServer::EnumerateCallback done) {
  server.Enumerate(request, Start<absl::StatusOr<Enumeration>>(request.timeout, std::move(done)));
}

void ServerCalls::Close(SessionServer& server, const CloseRequest& request, SessionServer::CloseCallback done) {
  server.Close(request, Start<absl::Status>(request.timeout, std::move(done)));
}

}  // namespace idlewarden::agent
