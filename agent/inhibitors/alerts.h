// What Prometheus and Alertmanager say of alerts: which of those asked for fire.
//
// Pure functions over the JSON of their HTTP interfaces. What is not understood is an error, never "nothing fires".

#ifndef IDLEWARDEN_AGENT_INHIBITORS_ALERTS_H_
#define IDLEWARDEN_AGENT_INHIBITORS_ALERTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace idlewarden::agent {

// Where to ask, below the server's address.
inline constexpr char kPrometheusPath[] = "/api/v1/rules?type=alert";
inline constexpr char kAlertmanagerPath[] = "/api/v2/alerts";

// Of `names`, those with a firing alert. By Prometheus's rules, so that an alert that no rule defines (NotFound) or
// that cannot be evaluated (FailedPrecondition) is told from one that does not fire. InvalidArgument for another
// answer.
absl::StatusOr<std::vector<std::string>> FiringInPrometheus(absl::string_view json,
                                                            const std::vector<std::string>& names);

// The same of Alertmanager, which only knows alerts that fire; silenced and inhibited ones fire as well.
absl::StatusOr<std::vector<std::string>> FiringInAlertmanager(absl::string_view json,
                                                              const std::vector<std::string>& names);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_INHIBITORS_ALERTS_H_
