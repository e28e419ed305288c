#include "agent/inhibitors/alerts.h"

#include <simdjson.h>

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"

namespace idlewarden::agent {
namespace {

namespace json = simdjson::dom;

// What is known of one alert's rules: several may share a name.
struct Rules {
  bool firing = false;
  bool broken = false;
};

absl::Status NotUnderstood(absl::string_view whose) {
  return absl::InvalidArgumentError(absl::StrCat("the answer is not one of ", whose));
}

bool Wanted(const std::vector<std::string>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(), [name](const std::string& wanted) { return wanted == name; });
}

// False if the rule is not as Prometheus gives them.
bool AddRule(json::element rule, const std::vector<std::string>& names, std::map<std::string, Rules>& found) {
  std::string_view name;
  std::string_view state;
  std::string_view health;
  if (rule["name"].get(name) != simdjson::SUCCESS) return false;
  if (!Wanted(names, name)) return true;
  if (rule["state"].get(state) != simdjson::SUCCESS || rule["health"].get(health) != simdjson::SUCCESS) return false;
  Rules& rules = found[std::string(name)];
  rules.firing |= state == "firing";
  rules.broken |= health != "ok";
  return true;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> FiringInPrometheus(absl::string_view text,
                                                            const std::vector<std::string>& names) {
  json::parser parser;
  json::element root;
  json::array groups;
  if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS ||
      root["data"]["groups"].get(groups) != simdjson::SUCCESS) {
    return NotUnderstood("Prometheus");
  }
  std::map<std::string, Rules> found;
  for (const json::element group : groups) {
    json::array rules;
    if (group["rules"].get(rules) != simdjson::SUCCESS) return NotUnderstood("Prometheus");
    for (const json::element rule : rules) {
      if (!AddRule(rule, names, found)) return NotUnderstood("Prometheus");
    }
  }
  std::vector<std::string> firing;
  for (const std::string& name : names) {
    const auto rules = found.find(name);
    if (rules == found.end()) return absl::NotFoundError(absl::StrCat("no rule defines the alert ", name));
    if (rules->second.firing) {
      firing.push_back(name);
    } else if (rules->second.broken) {
      return absl::FailedPreconditionError(absl::StrCat("the alert ", name, " was not evaluated"));
    }
  }
  return firing;
}

absl::StatusOr<std::vector<std::string>> FiringInAlertmanager(absl::string_view text,
                                                              const std::vector<std::string>& names) {
  json::parser parser;
  json::element root;
  json::array alerts;
  if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS || root.get(alerts) != simdjson::SUCCESS) {
    return NotUnderstood("Alertmanager");
  }
  std::vector<std::string> firing;
  for (const json::element alert : alerts) {
    json::object labels;
    if (alert["labels"].get(labels) != simdjson::SUCCESS) return NotUnderstood("Alertmanager");
    std::string_view name;
    if (labels["alertname"].get(name) != simdjson::SUCCESS || !Wanted(names, name)) continue;
    if (std::find(firing.begin(), firing.end(), name) == firing.end()) firing.emplace_back(name);
  }
  return firing;
}

}  // namespace idlewarden::agent
