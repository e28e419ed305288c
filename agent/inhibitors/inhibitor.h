// Inhibitor: closing stops while one of some alerts fires, by the word of a Prometheus or an Alertmanager.
//
// It fails closed: as long as nobody has answered, or the last answer was bad or did not come in time, it holds as
// well, with that as its reason. In time is its own word: whatever the client hangs in (name resolution cannot be
// interrupted), an old answer does not stand for the present.
//
// Threads: the event loop only.

#ifndef IDLEWARDEN_AGENT_INHIBITORS_INHIBITOR_H_
#define IDLEWARDEN_AGENT_INHIBITORS_INHIBITOR_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/clock/event_loop.h"
#include "agent/inhibitors/http_client.h"

namespace idlewarden::agent {

struct InhibitorOptions {
  enum class Source { kPrometheus, kAlertmanager };
  Source source = Source::kPrometheus;
  std::string url;  // of the server, without a path of ours
  std::vector<std::string> alerts;
  absl::Duration every = absl::Seconds(15);  // from an answer to the next question
  absl::Duration timeout = absl::Seconds(5);
};

class Inhibitor {
 public:
  // Asks at once. `changed` is called whenever reason() is another.
  Inhibitor(EventLoop& loop, InhibitorOptions options, std::unique_ptr<HttpClient> client,
            std::function<void()> changed);
  ~Inhibitor();
  Inhibitor(const Inhibitor&) = delete;
  Inhibitor& operator=(const Inhibitor&) = delete;

  // Why it holds, in one line; nullopt: it does not.
  const std::optional<std::string>& reason() const { return reason_; }

 private:
  void Ask();
  void GiveUp();
  void OnAnswer(const absl::StatusOr<std::string>& body);
  std::optional<std::string> ReasonOf(const absl::StatusOr<std::string>& body) const;

  EventLoop& loop_;
  const InhibitorOptions options_;
  const std::function<void()> changed_;
  std::optional<std::string> reason_;
  uint64_t question_ = 0;               // the number of the newest; answers to others come too late
  EventLoop::TimerId timer_ = 0;        // to the end of a question's time, or to the next question
  std::unique_ptr<HttpClient> client_;  // last: it answers nobody once it is gone
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_INHIBITORS_INHIBITOR_H_
