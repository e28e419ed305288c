// The agent's settings as typed values, with their defaults: what settings_reader.h makes of a settings file.
//
// No secrets are held: a password is only named by the path of its file, which the backend reads itself when it logs
// on. Plain values, no thread rule.

#ifndef IDLEWARDEN_AGENT_SETTINGS_SETTINGS_H_
#define IDLEWARDEN_AGENT_SETTINGS_SETTINGS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/settings/faults.h"
#include "policy/model/session.h"

namespace idlewarden::agent {

// The ceiling for every rule: in kObserve no policy closes anything.
enum class AgentMode : uint8_t { kObserve, kEnforce };

struct ListenSettings {
  std::string control = "unix:/run/idlewarden/control.sock";
  std::string http = "127.0.0.1:9846";  // HOST:PORT; port 0 picks one

  friend bool operator==(const ListenSettings&, const ListenSettings&) = default;
};

struct PollingSettings {
  absl::Duration shortest = absl::Seconds(30);
  absl::Duration longest = absl::Minutes(5);
  absl::Duration timeout = absl::Seconds(10);
  int parallel = 64;

  friend bool operator==(const PollingSettings&, const PollingSettings&) = default;
};

// A token bucket: `burst` at once, refilled at `closes_per_second`.
struct RateSettings {
  double closes_per_second = 1;
  int burst = 1;

  friend bool operator==(const RateSettings&, const RateSettings&) = default;
};

// For how long a pair is left alone that came back three times in a row; doubled each further time.
struct ReturnBackoffSettings {
  absl::Duration first = absl::Minutes(5);
  absl::Duration longest = absl::Hours(1);

  friend bool operator==(const ReturnBackoffSettings&, const ReturnBackoffSettings&) = default;
};

struct ExecutorSettings {
  RateSettings rate = {.closes_per_second = 2, .burst = 5};
  RateSettings per_server = {.closes_per_second = 1, .burst = 2};
  std::optional<RateSettings> per_rule;  // none: rules have no bucket of their own
  absl::Duration queue_time_to_live = absl::Seconds(60);
  ReturnBackoffSettings return_backoff;

  friend bool operator==(const ExecutorSettings&, const ExecutorSettings&) = default;
};

// When a rule whose closes go wrong falls back to observe.
struct SelfDemotionSettings {
  bool enabled = true;
  absl::Duration window = absl::Hours(1);
  double share = 0.5;  // of the closes in the window, in (0, 1]
  int at_least = 10;   // closes in the window

  friend bool operator==(const SelfDemotionSettings&, const SelfDemotionSettings&) = default;
};

struct AuditSettings {
  absl::Duration retention = absl::Hours(24 * 400);
  std::string json_lines;  // the audit trail once more, as lines: a path, or "stdout"; empty: none

  friend bool operator==(const AuditSettings&, const AuditSettings&) = default;
};

// Alerts that stop all closing while they fire.
struct InhibitorSettings {
  enum class Source : uint8_t { kPrometheus, kAlertmanager };
  Source source = Source::kPrometheus;
  std::string url;  // http://HOST:PORT or https://…, without a slash at its end
  std::vector<std::string> alerts;
  absl::Duration every = absl::Seconds(15);

  friend bool operator==(const InhibitorSettings&, const InhibitorSettings&) = default;
};

// Asking DNS which hosts clients' addresses are, and which addresses the hosts are that the policy names.
struct ResolveClientsSettings {
  bool enabled = false;
  absl::Duration timeout = absl::Seconds(2);
  absl::Duration keep = absl::Minutes(10);
  double per_second = 50;
  std::vector<std::string> nameservers;  // ADDRESS or ADDRESS:PORT; empty: those of the system
  bool unnamed_has_no_names = false;     // `unnamed: none`

  friend bool operator==(const ResolveClientsSettings&, const ResolveClientsSettings&) = default;
};

// How to log on. Exactly one of password_file and kerberos_cache is set in settings; `password` only comes from a
// command-line tool's credentials file (credentials_file.h).
struct Credentials {
  std::string user;
  std::string password_file;   // absolute
  std::string kerberos_cache;  // e.g. FILE:/var/lib/idlewarden/krb5cc
  std::string password;

  friend bool operator==(const Credentials&, const Credentials&) = default;
};

enum class Backend : uint8_t { kSmb, kSimulated, kRecorded };
enum class Protection : uint8_t { kDefault, kOff, kDesired, kRequired };

// What a server entry may say about its idle times instead of letting the agent find out.
enum class IdleTrustSetting : uint8_t { kJudge, kReported, kNone };

struct SmbSettings {
  std::string address;
  int port = 445;
  Credentials credentials;
  Protection signing = Protection::kDefault;
  Protection encryption = Protection::kDefault;
  std::string target_hostname;  // for the Kerberos principal where `address` is numeric

  friend bool operator==(const SmbSettings&, const SmbSettings&) = default;
};

struct SimulatedSettings {
  int sessions = 200;
  uint64_t seed = 1;
  double speed = 1;         // simulated seconds per real second
  bool samba_like = false;  // level 1, idle always 0, a close ends the client's connection
  absl::Duration latency;   // of each call

  friend bool operator==(const SimulatedSettings&, const SimulatedSettings&) = default;
};

struct RecordedSettings {
  std::string file;    // absolute
  std::string server;  // whose rows; empty: those of the entry's name, or the file's only server

  friend bool operator==(const RecordedSettings&, const RecordedSettings&) = default;
};

struct ServerSettings {
  std::string name;
  Backend backend = Backend::kSmb;
  std::map<std::string, std::string> labels;
  SmbSettings smb;                                // backend smb
  SimulatedSettings simulated;                    // backend simulated
  RecordedSettings recorded;                      // backend recorded
  std::vector<FaultSettings> faults;              // backend simulated or recorded
  std::optional<policy::CloseScope> close_scope;  // unset: as the server shows
  std::string domain_separator;                   // of users; empty: none but the backslash
  IdleTrustSetting idle_trust = IdleTrustSetting::kJudge;

  friend bool operator==(const ServerSettings&, const ServerSettings&) = default;
};

struct Settings {
  std::string file;  // as given
  std::string name;
  AgentMode mode = AgentMode::kObserve;
  std::string policy;  // absolute path, as are all paths below
  std::string state_dir = "/var/lib/idlewarden";
  std::string hold_file;   // nothing is closed while it exists; empty: none
  std::string smb_worker;  // the worker's program; empty: found beside the agent, else in PATH
  std::string log_level = "info";
  ListenSettings listen;
  PollingSettings polling;
  ExecutorSettings executor;
  SelfDemotionSettings self_demotion;
  AuditSettings audit;
  std::vector<InhibitorSettings> inhibitors;
  ResolveClientsSettings resolve_clients;
  std::map<std::string, Credentials> credentials;
  std::vector<ServerSettings> servers;    // those of server_files included; names are unique
  std::vector<std::string> server_files;  // patterns
  // The files that the settings were read from: the settings file and each file of server_files. Watch these and the
  // patterns for changes.
  std::vector<std::string> files_read;
};

// The words of settings files, logs and status.
absl::string_view AgentModeName(AgentMode mode);  // "observe", "enforce"
absl::string_view BackendName(Backend backend);   // "smb", "simulated", "recorded"

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SETTINGS_SETTINGS_H_
