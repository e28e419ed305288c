#include "agent/settings/settings_reader.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/settings/file_content.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

class SettingsReaderTest : public testing::Test {
 protected:
  SettingsReaderTest() {
    std::string made = testing::TempDir() + "/settings.XXXXXX";
    folder_ = mkdtemp(made.data());
    Write("corp.password", "secret\n", 0600);
  }
  void Write(const std::string& name, const std::string& text, mode_t mode = 0644) {
    std::ofstream(folder_ + "/" + name) << text;
    chmod((folder_ + "/" + name).c_str(), mode);
  }
  // `text` after the two keys that every settings file has.
  SettingsResult Parse(const std::string& text) {
    return ParseSettings("version: 1\npolicy: policy.yaml\n" + text, "agent.yaml", folder_);
  }
  Settings Good(const std::string& text) {
    const SettingsResult result = Parse(text);
    EXPECT_TRUE(result.diagnostics.empty()) << Lines(result);
    return result.settings;
  }
  static std::string Lines(const SettingsResult& result) {
    return absl::StrJoin(result.diagnostics, "\n", [](std::string* out, const policy::Diagnostic& diagnostic) {
      out->append(policy::FormatDiagnostic(diagnostic));
    });
  }
  std::string Errors(const std::string& text) { return Lines(Parse(text)); }

  std::string folder_;
};

TEST_F(SettingsReaderTest, DefaultsAreThoseOfTheContract) {
  const Settings settings = Good("");
  EXPECT_EQ(settings.mode, AgentMode::kObserve);
  EXPECT_FALSE(settings.name.empty());
  EXPECT_EQ(settings.policy, folder_ + "/policy.yaml");
  EXPECT_EQ(settings.state_dir, "/var/lib/idlewarden");
  EXPECT_EQ(settings.listen.control, "unix:/run/idlewarden/control.sock");
  EXPECT_EQ(settings.listen.http, "127.0.0.1:9846");
  EXPECT_EQ(settings.polling.shortest, absl::Seconds(30));
  EXPECT_EQ(settings.polling.longest, absl::Minutes(5));
  EXPECT_EQ(settings.polling.timeout, absl::Seconds(10));
  EXPECT_EQ(settings.polling.parallel, 64);
  EXPECT_EQ(settings.executor.rate, (RateSettings{2, 5}));
  EXPECT_EQ(settings.executor.per_server, (RateSettings{1, 2}));
  EXPECT_EQ(settings.executor.per_rule, std::nullopt);
  EXPECT_EQ(settings.executor.queue_time_to_live, absl::Seconds(60));
  EXPECT_EQ(settings.executor.return_backoff, (ReturnBackoffSettings{absl::Minutes(5), absl::Hours(1)}));
  EXPECT_EQ(settings.resolve_clients, (ResolveClientsSettings{.enabled = false,
                                                              .timeout = absl::Seconds(2),
                                                              .keep = absl::Minutes(10),
                                                              .per_second = 50,
                                                              .nameservers = {},
                                                              .unnamed_has_no_names = false}));
  EXPECT_TRUE(settings.servers.empty());
}

// What the agent would refuse at its start is refused by a check of the settings already.
TEST_F(SettingsReaderTest, NameServersAreAddresses) {
  for (const char* text : {"dns.corp.example", "\"10.0.0.53:\"", "\"[::1]\"", "\"[10.0.0.53]:53\"", "10.0.0.53:0"}) {
    EXPECT_TRUE(absl::StrContains(Errors(absl::StrCat("resolve_clients: {nameservers: [", text, "]}")),
                                  "is not the address of a name server; write 10.0.0.53"))
        << text;
  }
}

TEST_F(SettingsReaderTest, EveryKey) {
  const Settings settings = Good(R"(
name: ams-1
mode: enforce
state_dir: state
hold_file: hold
inhibitors:
  - {prometheus: "http://127.0.0.1:9090/", alerts: [Backup, Rebuild]}
  - {alertmanager: "https://am.example.com", alerts: [Storage], every: 1m}
resolve_clients: {enabled: true, timeout: 1s, keep: 5m, per_second: 100, nameservers: [10.0.0.53, "[::1]:5353"],
                  unnamed: none}
audit: {retention: 30d, json_lines: audit.jsonl}
self_demotion: {enabled: false, window: 2h, share: 0.25, at_least: 5}
smb_worker: bin/worker
log_level: debug
listen:
  control: unix:/run/other.sock
  http: 0.0.0.0:0
polling: {shortest: 1m, longest: 1h30m, timeout: 5s, parallel: 8}
executor:
  closes_per_second: 0.5
  burst: 1
  per_server: {closes_per_second: 0.25, burst: 3}
  per_rule: {closes_per_second: 0.1}
  queue_time_to_live: 2m
  return_backoff: {first: 1m, longest: 10m}
credentials:
  corp: {user: "CORP\\svc-idlewarden", password_file: corp.password}
  realm: {user: svc, kerberos_cache: "FILE:/var/lib/idlewarden/krb5cc"}
servers:
  - {name: fs01, backend: smb, address: 10.0.0.5, credentials: corp, labels: {site: ams, tier: 1}}
  - {name: nas1, address: nas1.example.com, port: 4450, credentials: realm, encryption: required, signing: desired,
     target_hostname: nas1, close_scope: client, idle_trust: none,
     domain_separator: "+"}
  - {name: demo, backend: simulated, simulated: {sessions: 20, seed: 7, speed: 0.5, samba_like: true, latency: 2s}}
  - {name: replay, backend: recorded, recorded: {file: snapshots.jsonl, server: fs09}, idle_trust: reported}
)");
  EXPECT_EQ(settings.name, "ams-1");
  EXPECT_EQ(settings.mode, AgentMode::kEnforce);
  EXPECT_EQ(settings.state_dir, folder_ + "/state");
  EXPECT_EQ(settings.hold_file, folder_ + "/hold");
  EXPECT_EQ(settings.inhibitors,
            (std::vector<InhibitorSettings>{{.url = "http://127.0.0.1:9090", .alerts = {"Backup", "Rebuild"}},
                                            {.source = InhibitorSettings::Source::kAlertmanager,
                                             .url = "https://am.example.com",
                                             .alerts = {"Storage"},
                                             .every = absl::Minutes(1)}}));
  EXPECT_EQ(settings.resolve_clients, (ResolveClientsSettings{.enabled = true,
                                                              .timeout = absl::Seconds(1),
                                                              .keep = absl::Minutes(5),
                                                              .per_second = 100,
                                                              .nameservers = {"10.0.0.53", "[::1]:5353"},
                                                              .unnamed_has_no_names = true}));
  EXPECT_EQ(settings.audit, (AuditSettings{.retention = absl::Hours(24 * 30), .json_lines = folder_ + "/audit.jsonl"}));
  EXPECT_EQ(settings.self_demotion,
            (SelfDemotionSettings{.enabled = false, .window = absl::Hours(2), .share = 0.25, .at_least = 5}));
  EXPECT_EQ(settings.smb_worker, folder_ + "/bin/worker");
  EXPECT_EQ(settings.log_level, "debug");
  EXPECT_EQ(settings.listen.control, "unix:/run/other.sock");
  EXPECT_EQ(settings.polling.longest, absl::Minutes(90));
  EXPECT_EQ(settings.executor.rate, (RateSettings{0.5, 1}));
  EXPECT_EQ(settings.executor.per_server, (RateSettings{0.25, 3}));
  EXPECT_EQ(settings.executor.per_rule, (RateSettings{0.1, 1}));
  EXPECT_EQ(settings.executor.return_backoff, (ReturnBackoffSettings{absl::Minutes(1), absl::Minutes(10)}));
  ASSERT_EQ(settings.servers.size(), 4u);
  const ServerSettings& fs01 = settings.servers[0];
  EXPECT_EQ(fs01.smb.address, "10.0.0.5");
  EXPECT_EQ(fs01.smb.port, 445);
  EXPECT_EQ(fs01.smb.credentials.user, "CORP\\svc-idlewarden");
  EXPECT_EQ(fs01.smb.credentials.password_file, folder_ + "/corp.password");
  EXPECT_EQ(fs01.labels, (std::map<std::string, std::string>{{"site", "ams"}, {"tier", "1"}}));
  EXPECT_EQ(fs01.close_scope, std::nullopt);
  EXPECT_EQ(fs01.domain_separator, "");
  EXPECT_EQ(fs01.idle_trust, IdleTrustSetting::kJudge);
  const ServerSettings& nas1 = settings.servers[1];
  EXPECT_EQ(nas1.backend, Backend::kSmb);
  EXPECT_EQ(nas1.smb.port, 4450);
  EXPECT_EQ(nas1.smb.credentials.kerberos_cache, "FILE:/var/lib/idlewarden/krb5cc");
  EXPECT_EQ(nas1.smb.encryption, Protection::kRequired);
  EXPECT_EQ(nas1.smb.signing, Protection::kDesired);
  EXPECT_EQ(nas1.smb.target_hostname, "nas1");
  EXPECT_EQ(nas1.close_scope, policy::CloseScope::kClient);
  EXPECT_EQ(nas1.domain_separator, "+");
  EXPECT_EQ(nas1.idle_trust, IdleTrustSetting::kNone);
  const SimulatedSettings demo = {
      .sessions = 20, .seed = 7, .speed = 0.5, .samba_like = true, .latency = absl::Seconds(2)};
  EXPECT_EQ(settings.servers[2].simulated, demo);
  EXPECT_EQ(settings.servers[3].recorded.file, folder_ + "/snapshots.jsonl");
  EXPECT_EQ(settings.servers[3].recorded.server, "fs09");
}

TEST_F(SettingsReaderTest, AllErrorsAreReportedTogetherWithTheirPlaces) {
  EXPECT_EQ(Errors("mode: enforced\n"
                   "pollign: {}\n"
                   "polling: {shortest: 0, parallel: 1e3}\n"
                   "executor:\n"
                   "  burst: 0\n"),
            "agent.yaml:3:7: error [bad-value] `mode` must be one of observe, enforce, not \"enforced\"; did you mean "
            "\"enforce\"?\n"
            "agent.yaml:4:1: error [unknown-key] \"pollign\" is unknown in the settings; did you mean \"polling\"?\n"
            "agent.yaml:5:21: error [bad-duration] `shortest`: \"0\" is not a duration: the unit is missing; write for "
            "example 90s, 15m, 1h30m or 7d\n"
            "agent.yaml:5:34: error [bad-number] `parallel` must be a whole decimal number from 1 to 10000, not "
            "\"1e3\"\n"
            "agent.yaml:7:10: error [bad-number] `burst` of `executor` must be a whole decimal number from 1 to "
            "1000000, not \"0\"");
}

TEST_F(SettingsReaderTest, RequiredKeysAndVersion) {
  const std::string missing = Lines(ParseSettings("name: x\n", "agent.yaml", folder_));
  EXPECT_TRUE(absl::StrContains(missing, "needs `version`")) << missing;
  EXPECT_TRUE(absl::StrContains(missing, "needs `policy`")) << missing;
  const std::string version = Lines(ParseSettings("version: 2\npolicy: p\n", "agent.yaml", folder_));
  EXPECT_TRUE(absl::StrContains(version, "agent.yaml:1:10: error [bad-version]")) << version;
  EXPECT_TRUE(policy::HasErrors(ParseSettings("", "agent.yaml", folder_).diagnostics));
  EXPECT_TRUE(policy::HasErrors(ParseSettings("[]", "agent.yaml", folder_).diagnostics));
  EXPECT_TRUE(policy::HasErrors(ParseSettings("version: [1", "agent.yaml", folder_).diagnostics));
}

TEST_F(SettingsReaderTest, DuplicateKeysAndServers) {
  const std::string errors = Errors(
      "name: a\nname: b\nservers:\n  - {name: fs01, backend: simulated}\n  - {name: FS01, backend: simulated}\n");
  EXPECT_TRUE(absl::StrContains(errors, "agent.yaml:4:1: error [duplicate-key]")) << errors;
  EXPECT_TRUE(absl::StrContains(errors, "agent.yaml:7:12: error [duplicate-name]")) << errors;
  EXPECT_TRUE(absl::StrContains(errors, "agent.yaml:6")) << errors;
}

TEST_F(SettingsReaderTest, RatesTakeDecimalsAndNothingElse) {
  EXPECT_EQ(Good("executor: {closes_per_second: 12}").executor.rate.closes_per_second, 12);
  EXPECT_EQ(Good("executor: {closes_per_second: 0.05}").executor.rate.closes_per_second, 0.05);
  for (const char* rate : {"0", "0.0", "-1", "1e3", "0x10", "010", ".5", "5.", "1.2.3", "\"1\"", "inf", "nan", "",
                           "99999999", "[1]", "unlimited"}) {
    EXPECT_TRUE(absl::StrContains(Errors(absl::StrCat("executor: {closes_per_second: ", rate, "}")), "error")) << rate;
  }
}

TEST_F(SettingsReaderTest, ShortestMustNotBeAboveLongest) {
  EXPECT_TRUE(absl::StrContains(Errors("polling: {shortest: 10m}"), "contradictory-bounds"));
  EXPECT_TRUE(absl::StrContains(Errors("polling: {longest: 10s}"), "contradictory-bounds"));
  Good("polling: {shortest: 10m, longest: 10m}");
}

TEST_F(SettingsReaderTest, PasswordsStandInFilesThatOthersCannotRead) {
  EXPECT_TRUE(absl::StrContains(Errors("credentials: {a: {user: x, password: hunter2}}"), "does not belong"));
  EXPECT_FALSE(absl::StrContains(Errors("credentials: {a: {user: x, password: hunter2}}"), "hunter2"));
  Write("open.password", "secret", 0640);
  const std::string open = Errors("credentials: {a: {user: x, password_file: open.password}}");
  EXPECT_TRUE(absl::StrContains(open, "agent.yaml:3:43: error [bad-value]")) << open;
  EXPECT_TRUE(absl::StrContains(open, "chmod 600")) << open;
  EXPECT_TRUE(absl::StrContains(Errors("credentials: {a: {user: x, password_file: absent}}"), "No such file"));
  EXPECT_TRUE(absl::StrContains(Errors("credentials: {a: {user: x}}"), "exactly one of"));
  EXPECT_TRUE(absl::StrContains(
      Errors("credentials: {a: {user: x, password_file: corp.password, kerberos_cache: \"FILE:/x\"}}"),
      "exactly one of"));
  EXPECT_TRUE(absl::StrContains(Errors("credentials: {a: {password_file: corp.password}}"), "needs `user`"));
}

TEST_F(SettingsReaderTest, PasswordFilesFromTheServiceManager) {
  setenv("CREDENTIALS_DIRECTORY", folder_.c_str(), 1);
  const Settings settings =
      Good("credentials: {a: {user: x, password_file: \"${CREDENTIALS_DIRECTORY}/corp.password\"}}");
  EXPECT_EQ(settings.credentials.at("a").password_file, folder_ + "/corp.password");
  unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_TRUE(absl::StrContains(Errors("credentials: {a: {user: x, password_file: \"${CREDENTIALS_DIRECTORY}/corp\"}}"),
                                "CREDENTIALS_DIRECTORY is not set"));
}

TEST_F(SettingsReaderTest, ServerEntriesAreChecked) {
  const auto errors = [&](const std::string& entry) { return Errors("servers:\n  - " + entry + "\n"); };
  EXPECT_TRUE(absl::StrContains(errors("{backend: simulated}"), "needs `name`"));
  EXPECT_TRUE(absl::StrContains(errors("{name: \"a b\", backend: simulated}"), "bad-name"));
  EXPECT_TRUE(absl::StrContains(errors("{name: a, backend: simulate}"), "did you mean \"simulated\""));
  EXPECT_TRUE(absl::StrContains(errors("{name: a, credentials: corp}"), "needs `address`"));
  EXPECT_TRUE(absl::StrContains(errors("{name: a, address: b}"), "needs `credentials`"));
  EXPECT_TRUE(absl::StrContains(errors("{name: a, address: b, credentials: corp}"), "no credentials \"corp\""));
  EXPECT_TRUE(absl::StrContains(errors("{name: a, address: b, credentials: c, port: 0}"), "bad-number"));
  EXPECT_TRUE(absl::StrContains(errors("{name: a, address: b, credentials: c, port: 65536}"), "bad-number"));
  EXPECT_TRUE(absl::StrContains(errors("{name: a, backend: simulated, address: b}"), "no meaning"));
  EXPECT_TRUE(absl::StrContains(errors("{name: a, backend: recorded}"), "needs `recorded`"));
  EXPECT_TRUE(absl::StrContains(errors("{name: a, backend: recorded, recorded: {}}"), "needs `file`"));
  EXPECT_TRUE(absl::StrContains(errors("{name: a, backend: simulated, recorded: {file: x}}"), "no meaning"));
  EXPECT_TRUE(absl::StrContains(errors("{name: a, backend: simulated, close_scope: all}"), "pair, client"));
  for (const char* separator : {"''", "'++'", "x", "'@'", "'.'", "'$'", "' '", "'\u00b1'"}) {
    EXPECT_TRUE(absl::StrContains(
        errors(absl::StrCat("{name: a, backend: simulated, domain_separator: ", separator, "}")), "such as \"+\""))
        << separator;
  }
  EXPECT_TRUE(absl::StrContains(errors("{name: a, backend: simulated, idle_trust: yes}"), "reported, none"));
  EXPECT_TRUE(absl::StrContains(errors("{name: a, backend: simulated, simulated: {speed: 0}}"), "bad-number"));
  EXPECT_TRUE(absl::StrContains(errors("just text"), "wrong-type"));
  EXPECT_TRUE(absl::StrContains(errors("{name: a, backend: simulated, labels: {site: [a]}}"), "wrong-type"));
}

TEST_F(SettingsReaderTest, FaultsOfSimulatedServers) {
  const Settings settings = Good(R"(
servers:
  - name: flaky
    backend: simulated
    faults:
      - {kind: error, error: 5, skip: 2, count: 3}
      - {call: close, kind: lost-reply, cause: timeout, count: forever}
      - {kind: idle-jump, amount: 3600}
      - {kind: delay, delay: 2s}
)");
  const std::vector<FaultSettings> expected = {
      {.kind = FaultKind::kError, .skip = 2, .count = 3, .windows_error = 5},
      {.call = FaultCall::kClose, .kind = FaultKind::kLostReply, .count = FaultSettings::kForever, .cause = "timeout"},
      {.kind = FaultKind::kIdleJump, .amount = 3600},
      {.kind = FaultKind::kDelay, .delay = absl::Seconds(2)}};
  EXPECT_EQ(settings.servers[0].faults, expected);
  const auto errors = [&](const std::string& fault) {
    return Errors("servers: [{name: a, backend: simulated, faults: [" + fault + "]}]");
  };
  EXPECT_TRUE(absl::StrContains(errors("{}"), "needs `kind`"));
  EXPECT_TRUE(absl::StrContains(errors("{kind: lost-reply}"), "must be one of")) << "only closes lose replies";
  EXPECT_TRUE(absl::StrContains(errors("{kind: error, cause: bad luck}"), "must be one of"));
  EXPECT_TRUE(absl::StrContains(errors("{kind: error, count: 0}"), "bad-number"));
  EXPECT_TRUE(absl::StrContains(Errors("servers: [{name: a, faults: [], address: b, credentials: c}]"), "no meaning"));
}

TEST_F(SettingsReaderTest, ListenAddressesAreChecked) {
  EXPECT_EQ(ParseSettings("version: 1\npolicy: p\nlisten: {control: \"unix:c.sock\"}", "a.yaml", "/srv")
                .settings.listen.control,
            "unix:/srv/c.sock");
  EXPECT_TRUE(absl::StrContains(Errors("listen: {control: \"0.0.0.0:5000\"}"), "must be unix:PATH"));
  EXPECT_TRUE(absl::StrContains(Errors("listen: {control: \"unix:\"}"), "must be unix:PATH"));
  EXPECT_TRUE(absl::StrContains(Errors("listen: {control: \"unix:/" + std::string(120, 'x') + "\"}"), "107 at most"));
  EXPECT_TRUE(absl::StrContains(Errors("listen: {http: 9846}"), "HOST:PORT"));
  EXPECT_TRUE(absl::StrContains(Errors("listen: {http: \"127.0.0.1:70000\"}"), "HOST:PORT"));
}

TEST_F(SettingsReaderTest, ServerFilesAddEntries) {
  mkdir((folder_ + "/servers.d").c_str(), 0755);
  Write("servers.d/20-b.yaml", "servers:\n  - {name: b1, backend: simulated}\n");
  Write("servers.d/10-a.yaml", "- {name: a1, backend: recorded, recorded: {file: a.jsonl}}\n");
  Write("servers.d/30-empty.yaml", "# nothing yet\n");
  Write("servers.d/ignored.txt", "- {name: c1, backend: simulated}\n");
  const Settings settings = Good(
      "servers: [{name: main, backend: simulated}]\n"
      "server_files: [\"servers.d/*.yaml\", \"other.d/*.yaml\"]\n");
  ASSERT_EQ(settings.servers.size(), 3u);
  EXPECT_EQ(settings.servers[0].name, "main");
  EXPECT_EQ(settings.servers[1].name, "a1");
  EXPECT_EQ(settings.servers[1].recorded.file, folder_ + "/servers.d/a.jsonl") << "beside the file that names it";
  EXPECT_EQ(settings.servers[2].name, "b1");
  EXPECT_EQ(settings.files_read,
            (std::vector<std::string>{"agent.yaml", folder_ + "/servers.d/10-a.yaml", folder_ + "/servers.d/20-b.yaml",
                                      folder_ + "/servers.d/30-empty.yaml"}));
  EXPECT_EQ(settings.server_files,
            (std::vector<std::string>{folder_ + "/servers.d/*.yaml", folder_ + "/other.d/*.yaml"}));
}

TEST_F(SettingsReaderTest, ErrorsInServerFilesNameTheFile) {
  mkdir((folder_ + "/servers.d").c_str(), 0755);
  Write("servers.d/a.yaml", "- {name: main, backend: simulated}\n- {nmae: x}\n");
  mkdir((folder_ + "/servers.d/folder.yaml").c_str(), 0755);
  const std::string errors = Errors(
      "servers: [{name: main, backend: simulated}]\n"
      "server_files: [\"servers.d/*.yaml\"]\n");
  EXPECT_TRUE(absl::StrContains(errors, folder_ + "/servers.d/a.yaml:1:10: error [duplicate-name]")) << errors;
  EXPECT_TRUE(absl::StrContains(errors, "at agent.yaml:3")) << errors;
  EXPECT_TRUE(absl::StrContains(errors, folder_ + "/servers.d/a.yaml:2:4: error [unknown-key]")) << errors;
  EXPECT_TRUE(absl::StrContains(errors, "folder.yaml is not a regular file")) << errors;
}

TEST_F(SettingsReaderTest, AQuoteThatIsNotClosedDoesNotSwallowWhatFollows) {
  const std::string errors = Errors("name: \"agent one\nmode: observe\n");
  EXPECT_TRUE(absl::StrContains(errors, "agent.yaml:3:7: error [yaml-syntax] the quote")) << errors;
  mkdir((folder_ + "/servers.d").c_str(), 0755);
  Write("servers.d/a.yaml", "- {name: a, backend: simulated}\n- name: 'b\n  mode: observe\n");
  const std::string in_file = Errors("server_files: [\"servers.d/*.yaml\"]\n");
  EXPECT_TRUE(absl::StrContains(in_file, "/servers.d/a.yaml:2:9: error [yaml-syntax] the quote")) << in_file;
}

TEST_F(SettingsReaderTest, FromAFile) {
  Write("agent.yaml", "version: 1\npolicy: p.yaml\n");
  const SettingsResult good = ReadSettings(folder_ + "/agent.yaml");
  EXPECT_TRUE(good.diagnostics.empty()) << Lines(good);
  EXPECT_TRUE(absl::EndsWith(good.settings.policy, "/p.yaml"));
  EXPECT_EQ(good.settings.policy[0], '/');
  const SettingsResult absent = ReadSettings(folder_ + "/absent.yaml");
  EXPECT_TRUE(policy::HasErrors(absent.diagnostics));
  EXPECT_TRUE(absl::StrContains(Lines(absent), "absent.yaml:1:1: error")) << Lines(absent);
}

TEST_F(SettingsReaderTest, HostileInputIsSurvived) {
  for (const std::string& text :
       {std::string("&a [*a]"), std::string("a: &x {b: *x}"), std::string(5000, '['), std::string("\xff\xfe"),
        std::string("servers: [{name: a, labels: {[x]: y}}]"), std::string("--- \n---\n"), std::string("? x\n: y"),
        std::string("credentials: {a: 1, a: {}}"), std::string("servers: {a: b}\nserver_files: x\nlisten: []")}) {
    EXPECT_TRUE(policy::HasErrors(ParseSettings(text, "agent.yaml", folder_).diagnostics)) << text;
  }
}

}  // namespace
}  // namespace idlewarden::agent
