// HttpClient: a GET whose answer arrives on the event loop by a deadline. The edge to the network of what asks other
// systems whether closing is wanted just now.
//
// Threads: called on the event loop, answered there.

#ifndef IDLEWARDEN_AGENT_INHIBITORS_HTTP_CLIENT_H_
#define IDLEWARDEN_AGENT_INHIBITORS_HTTP_CLIENT_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace idlewarden::agent {

class HttpClient {
 public:
  // The body of an answer with status 200. Else an error: DeadlineExceeded, Unavailable for a server that cannot be
  // reached, FailedPrecondition for another status, ResourceExhausted for a body that is too large.
  using Done = std::function<void(absl::StatusOr<std::string> body)>;

  virtual ~HttpClient() = default;

  // `done` is called once, unless the client is destroyed before. One request at a time: a newer one takes the place of
  // one that has not begun, whose `done` is then never called.
  virtual void Get(const std::string& url, absl::Duration timeout, Done done) = 0;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_INHIBITORS_HTTP_CLIENT_H_
