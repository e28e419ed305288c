#include "agent/inhibitors/inhibitor.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/inhibitors/alerts.h"

namespace idlewarden::agent {
namespace {

// For the client to say itself what took so long.
constexpr absl::Duration kGrace = absl::Seconds(1);

}  // namespace

Inhibitor::Inhibitor(EventLoop& loop, InhibitorOptions options, std::unique_ptr<HttpClient> client,
                     std::function<void()> changed)
    : loop_(loop),
      options_(std::move(options)),
      changed_(std::move(changed)),
      reason_(absl::StrCat(options_.url, " was not asked yet")),
      client_(std::move(client)) {
  Ask();
}

Inhibitor::~Inhibitor() { loop_.CancelTimer(timer_); }

void Inhibitor::Ask() {
  timer_ = loop_.RunAt(loop_.SteadyNow() + options_.timeout + kGrace, [this] { GiveUp(); });
  const bool prometheus = options_.source == InhibitorOptions::Source::kPrometheus;
  client_->Get(absl::StrCat(options_.url, prometheus ? kPrometheusPath : kAlertmanagerPath), options_.timeout,
               [this, number = ++question_](absl::StatusOr<std::string> body) {
                 if (number == question_) OnAnswer(body);
               });
}

void Inhibitor::GiveUp() {
  ++question_;
  OnAnswer(absl::DeadlineExceededError(absl::StrCat("no answer within ", absl::FormatDuration(options_.timeout))));
}

void Inhibitor::OnAnswer(const absl::StatusOr<std::string>& body) {
  loop_.CancelTimer(timer_);
  timer_ = loop_.RunAt(loop_.SteadyNow() + options_.every, [this] { Ask(); });
  std::optional<std::string> reason = ReasonOf(body);
  if (reason == reason_) return;
  reason_ = std::move(reason);
  changed_();
}

std::optional<std::string> Inhibitor::ReasonOf(const absl::StatusOr<std::string>& body) const {
  if (!body.ok()) return absl::StrCat(options_.url, " cannot be asked: ", body.status().message());
  const absl::StatusOr<std::vector<std::string>> firing = options_.source == InhibitorOptions::Source::kPrometheus
                                                              ? FiringInPrometheus(*body, options_.alerts)
                                                              : FiringInAlertmanager(*body, options_.alerts);
  if (!firing.ok()) return absl::StrCat(options_.url, ": ", firing.status().message());
  if (firing->empty()) return std::nullopt;
  return absl::StrCat(firing->size() == 1 ? "alert " : "alerts ", absl::StrJoin(*firing, ", "),
                      firing->size() == 1 ? " fires" : " fire", " (", options_.url, ")");
}

}  // namespace idlewarden::agent
