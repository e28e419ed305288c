#include "policy/scenario/scenario_reader.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "policy/diagnostics/diagnostic_list.h"
#include "policy/diagnostics/wording.h"
#include "policy/model/client_name.h"
#include "policy/model/duration.h"
#include "policy/model/ip.h"
#include "policy/reader/node_reader.h"
#include "policy/reader/yaml_tree.h"

namespace idlewarden::policy {
namespace {

constexpr std::array<absl::string_view, 4> kTopKeys = {"version", "policy", "start", "tests"};
constexpr std::array<absl::string_view, 5> kCaseKeys = {"name", "start", "mode", "unexpected_closes", "steps"};
constexpr std::array<absl::string_view, 4> kStepKeys = {"after", "servers", "hosts", "sessions"};
constexpr std::array<absl::string_view, 4> kServerKeys = {"labels", "complete", "close_scope", "domain_separator"};
constexpr std::array<absl::string_view, 16> kSessionKeys = {
    "server",      "client",    "user",    "idle",  "idle_bound", "age", "open_files", "guest",
    "client_type", "transport", "address", "names", "connection", "own", "repeat",     "expect"};
constexpr std::array<absl::string_view, 3> kExpectKeys = {"decision", "rule", "reason"};
constexpr int64_t kMaxRepeat = 100'000;
constexpr int64_t kMaxSessions = 200'000;        // of a file
constexpr int64_t kMaxRepeatedBytes = 64 << 20;  // of their texts
constexpr int64_t kMaxNumber = 4'000'000'000;

bool IsNull(const YamlNode& node) { return node.kind == YamlNode::Kind::kNull; }

class ScenarioReader {
 public:
  explicit ScenarioReader(DiagnosticList& diagnostics) : diagnostics_(diagnostics) {}

  ScenarioFile Read(const YamlNode& root) {
    ScenarioFile file;
    const MapReader map(root, "a test file", kTopKeys, diagnostics_);
    CheckVersion(map);
    if (const YamlNode* policy = map.Require("policy")) file.policy = Text(*policy, "`policy`");
    const absl::Time start = ReadStart(map, absl::FromUnixSeconds(1767614400));  // 2026-01-05T12:00:00Z, a Monday
    ForEach(map.Require("tests"), "`tests`",
            [&](const YamlNode& node) { file.cases.push_back(ReadCase(node, start)); });
    if (file.cases.empty() && !diagnostics_.has_errors()) {
      diagnostics_.Add(Code::kMissingKey, root.place, "there is no test in this file");
    }
    return file;
  }

 private:
  template <typename Visit>
  void ForEach(const YamlNode* node, absl::string_view what, const Visit& visit) {
    const auto* items = node == nullptr ? nullptr : ReadSequence(*node, what, diagnostics_);
    if (items == nullptr) return;
    for (const YamlNode* item : *items) visit(*item);
  }

  void Bad(const YamlNode& node, std::string message) {
    diagnostics_.Add(Code::kBadValue, node.place, std::move(message));
  }

  std::string Text(const YamlNode& node, absl::string_view what) {
    return ReadText(node, what, diagnostics_).value_or("");
  }

  void CheckVersion(const MapReader& map) {
    const YamlNode* version = map.Require("version");
    if (version == nullptr || (version->plain && version->text == "1")) return;
    diagnostics_.Add(Code::kBadVersion, version->place, "`version` must be 1, the only one that this program knows");
  }

  absl::Time ReadStart(const MapReader& map, absl::Time otherwise) {
    const YamlNode* node = map.Find("start");
    if (node == nullptr) return otherwise;
    absl::Time time;
    std::string error;
    const std::string text = Text(*node, "`start`");
    // The library also knows "infinite-past", which is no time of RFC 3339.
    if (absl::ParseTime(absl::RFC3339_full, text, &time, &error) && time > absl::InfinitePast() &&
        time < absl::InfiniteFuture()) {
      return time;
    }
    diagnostics_.Add(Code::kBadTime, node->place,
                     absl::StrCat("`start` must be a time such as 2026-01-05T12:00:00Z, not ", Quoted(text)));
    return otherwise;
  }

  // The word among `words` that the node says; the first one after a report.
  template <size_t kSize>
  size_t ReadWord(const YamlNode& node, absl::string_view what, const std::array<absl::string_view, kSize>& words) {
    const std::string text = Text(node, what);
    for (size_t i = 0; i < kSize; ++i) {
      if (text == words[i]) return i;
    }
    std::string known;
    for (absl::string_view word : words) absl::StrAppend(&known, known.empty() ? "" : ", ", word);
    Bad(node, absl::StrCat(what, " must be one of ", known, ", not ", Quoted(text), Suggestion(text, words)));
    return 0;
  }

  ScenarioCase ReadCase(const YamlNode& node, absl::Time file_start) {
    ScenarioCase result;
    const MapReader map(node, "a test", kCaseKeys, diagnostics_);
    result.line = static_cast<int>(node.place.line);
    if (const YamlNode* name = map.Require("name")) result.name = Text(*name, "`name`");
    const absl::Time start = ReadStart(map, file_start);
    constexpr std::array<absl::string_view, 2> kModes = {"enforce", "observe"};
    if (const YamlNode* mode = map.Find("mode")) result.observe_only = ReadWord(*mode, "`mode`", kModes) == 1;
    constexpr std::array<absl::string_view, 2> kUnexpected = {"fail", "allow"};
    if (const YamlNode* closes = map.Find("unexpected_closes")) {
      result.unexpected_closes_allowed = ReadWord(*closes, "`unexpected_closes`", kUnexpected) == 1;
    }
    ForEach(map.Require("steps"), "`steps`", [&](const YamlNode& step) {
      result.steps.push_back(ReadStep(step, start));
      if (result.steps.size() > 1 && result.steps.back().at <= result.steps[result.steps.size() - 2].at) {
        diagnostics_.Add(Code::kBadTime, step.place, "steps go forward in time: give this one a later `after`");
      }
    });
    if (result.steps.empty() && map.is_map() && map.Find("steps") != nullptr) {
      diagnostics_.Add(Code::kMissingKey, node.place, "a test without steps tests nothing");
    }
    return result;
  }

  ScenarioStep ReadStep(const YamlNode& node, absl::Time start) {
    ScenarioStep step{.at = start};
    const MapReader map(node, "a step", kStepKeys, diagnostics_);
    if (const YamlNode* after = map.Find("after")) {
      step.at = start + ReadDuration(*after, "`after`", diagnostics_).value_or(absl::ZeroDuration());
    }
    if (const YamlNode* servers = map.Find("servers")) ReadServers(*servers, step);
    if (const YamlNode* hosts = map.Find("hosts")) ReadHosts(*hosts, step.hosts);
    ForEach(map.Require("sessions"), "`sessions`", [&](const YamlNode& session) { ReadSession(session, step); });
    CheckServers(map.Find("servers"), step);
    return step;
  }

  void ReadServers(const YamlNode& node, ScenarioStep& step) {
    std::vector<MapEntry> entries;
    if (!ReadMapEntries(node, "`servers`", diagnostics_, entries)) return;
    for (const MapEntry& entry : entries) {
      ServerSnapshot& server = step.servers[entry.key->text];
      server.name = entry.key->text;
      const MapReader map(*entry.value, "a server", kServerKeys, diagnostics_);
      if (const YamlNode* labels = map.Find("labels")) ReadLabels(*labels, server);
      if (const YamlNode* complete = map.Find("complete")) {
        server.complete = ReadBool(*complete, "`complete`", diagnostics_).value_or(true);
      }
      constexpr std::array<absl::string_view, 3> kScopes = {"pair", "client", "connection"};
      if (const YamlNode* scope = map.Find("close_scope")) {
        server.close_scope = static_cast<CloseScope>(ReadWord(*scope, "`close_scope`", kScopes));
      }
      if (const YamlNode* separator = map.Find("domain_separator")) {
        server.domain_separator = Text(*separator, "`domain_separator`");
      }
    }
  }

  void ReadHosts(const YamlNode& node, HostAddresses& hosts) {
    std::vector<MapEntry> entries;
    if (!ReadMapEntries(node, "`hosts`", diagnostics_, entries)) return;
    for (const MapEntry& entry : entries) {
      std::vector<IpAddress>& addresses = hosts[CanonicalHostName(entry.key->text)];
      ForEach(entry.value, absl::StrCat("the host ", Quoted(entry.key->text)), [&](const YamlNode& item) {
        const std::optional<std::string> text = ReadText(item, "an address", diagnostics_);
        if (!text.has_value()) return;
        const std::optional<IpAddress> address = IpAddress::Parse(*text);
        if (address.has_value()) {
          addresses.push_back(*address);
        } else {
          Bad(item, absl::StrCat("the host ", Quoted(entry.key->text), ": ", Quoted(*text), " is not an IP address"));
        }
      });
    }
  }

  // A misspelt name would silently leave a server with its defaults.
  void CheckServers(const YamlNode* node, const ScenarioStep& step) {
    for (const auto& entry : step.servers) {
      const std::string& name = entry.first;
      const bool used = std::any_of(step.sessions.begin(), step.sessions.end(),
                                    [&](const ScenarioSession& session) { return session.server == name; });
      if (!used) Bad(*node, absl::StrCat("no session of this step is on the server ", Quoted(name)));
    }
  }

  void ReadLabels(const YamlNode& node, ServerSnapshot& server) {
    std::vector<MapEntry> labels;
    if (!ReadMapEntries(node, "`labels`", diagnostics_, labels)) return;
    for (const MapEntry& label : labels) server.labels[label.key->text] = Text(*label.value, "a label's value");
  }

  void ReadSession(const YamlNode& node, ScenarioStep& step) {
    const MapReader map(node, "a session", kSessionKeys, diagnostics_);
    if (!map.is_map()) return;
    ScenarioSession result{.server = TextOr(map, "server", "server"), .line = static_cast<int>(node.place.line)};
    Session& session = result.session;
    session.client = TextOr(map, "client", "192.0.2.1");
    session.user = TextOr(map, "user", "user");
    session.idle_seconds = SecondsOf(map, "idle");
    session.age_seconds = SecondsOf(map, "age");
    session.open_files = NumberOf(map, "open_files", 0);
    session.guest = FlagOf(map, "guest", false);
    session.client_type = OptionalText(map, "client_type");
    session.transport = OptionalText(map, "transport");
    session.address = OptionalText(map, "address");
    session.names = OptionalTexts(map, "names");
    session.connection = OptionalText(map, "connection");
    constexpr std::array<absl::string_view, 2> kBounds = {"exact", "at-least"};
    if (const YamlNode* bound = map.Find("idle_bound")) {
      session.idle_bound = static_cast<IdleBound>(ReadWord(*bound, "`idle_bound`", kBounds));
    }
    session.own = FlagOf(map, "own", false).value_or(false);
    if (const YamlNode* expect = map.Find("expect")) result.expected = ReadExpectation(*expect);
    const YamlNode* repeat = map.Find("repeat");
    const int64_t copies =
        repeat == nullptr ? 1 : ReadInteger(*repeat, "`repeat`", 1, kMaxRepeat, diagnostics_).value_or(1);
    if (HasRoom(result, copies, node)) Repeat(result, copies, step);
  }

  // A few lines with `repeat` could come to more sessions than there is memory for.
  bool HasRoom(const ScenarioSession& pattern, int64_t copies, const YamlNode& node) {
    const bool had_room = sessions_ <= kMaxSessions && repeated_bytes_ <= kMaxRepeatedBytes;
    sessions_ += copies;
    repeated_bytes_ += (copies - 1) * static_cast<int64_t>(TextBytes(pattern));
    const bool has_room = sessions_ <= kMaxSessions && repeated_bytes_ <= kMaxRepeatedBytes;
    if (had_room && !has_room) {
      diagnostics_.Add(Code::kTooLarge, node.place,
                       absl::StrCat("the sessions of the file come to more than ", kMaxSessions, ", or than ",
                                    kMaxRepeatedBytes >> 20, " MiB of text, up to here"));
    }
    return has_room;
  }

  static size_t TextBytes(const ScenarioSession& pattern) {
    const Session& session = pattern.session;
    size_t bytes = pattern.server.size() + session.client.size() + session.user.size();
    for (const auto* text : {&session.client_type, &session.transport, &session.address, &session.connection}) {
      bytes += text->value_or("").size();
    }
    for (const std::string& name : session.names.value_or(std::vector<std::string>())) bytes += name.size();
    return bytes + (pattern.expected && pattern.expected->rule ? pattern.expected->rule->size() : 0);
  }

  static void Repeat(const ScenarioSession& pattern, int64_t copies, ScenarioStep& step) {
    for (int64_t n = 1; n <= copies; ++n) {
      ScenarioSession& copy = step.sessions.emplace_back(pattern);
      const std::string number = absl::StrCat(n);
      for (std::string* text : {&copy.session.client, &copy.session.user}) {
        *text = absl::StrReplaceAll(*text, {{"{n}", number}});
      }
      std::optional<std::string>& connection = copy.session.connection;
      if (connection.has_value()) connection = absl::StrReplaceAll(*connection, {{"{n}", number}});
    }
  }

  std::string TextOr(const MapReader& map, absl::string_view key, absl::string_view otherwise) {
    const YamlNode* node = map.Find(key);
    if (node == nullptr) return std::string(otherwise);
    return IsNull(*node) ? "" : Text(*node, absl::StrCat("`", key, "`"));
  }

  std::optional<std::string> OptionalText(const MapReader& map, absl::string_view key) {
    const YamlNode* node = map.Find(key);
    if (node == nullptr || IsNull(*node)) return std::nullopt;
    return ReadText(*node, absl::StrCat("`", key, "`"), diagnostics_);
  }

  std::optional<std::vector<std::string>> OptionalTexts(const MapReader& map, absl::string_view key) {
    const YamlNode* node = map.Find(key);
    if (node == nullptr || IsNull(*node)) return std::nullopt;
    std::vector<std::string> texts;
    const std::string what = absl::StrCat("`", key, "`");
    ForEach(node, what, [&](const YamlNode& item) { texts.push_back(Text(item, what)); });
    return texts;
  }

  // Zero is a value here, other than in a policy: a session may just have been used.
  std::optional<int64_t> SecondsOf(const MapReader& map, absl::string_view key) {
    const YamlNode* node = map.Find(key);
    if (node == nullptr || IsNull(*node)) return std::nullopt;
    if (node->kind == YamlNode::Kind::kScalar && (node->text == "0" || node->text == "0s")) return 0;
    const auto duration = ReadDuration(*node, absl::StrCat("`", key, "`"), diagnostics_);
    if (!duration) return std::nullopt;
    return absl::ToInt64Seconds(*duration);
  }

  std::optional<int64_t> NumberOf(const MapReader& map, absl::string_view key, int64_t otherwise) {
    const YamlNode* node = map.Find(key);
    if (node == nullptr) return otherwise;
    if (IsNull(*node)) return std::nullopt;
    return ReadInteger(*node, absl::StrCat("`", key, "`"), 0, kMaxNumber, diagnostics_);
  }

  std::optional<bool> FlagOf(const MapReader& map, absl::string_view key, bool otherwise) {
    const YamlNode* node = map.Find(key);
    if (node == nullptr) return otherwise;
    if (IsNull(*node)) return std::nullopt;
    return ReadBool(*node, absl::StrCat("`", key, "`"), diagnostics_);
  }

  Expectation ReadExpectation(const YamlNode& node) {
    Expectation expected;
    if (node.kind == YamlNode::Kind::kScalar) {
      expected.decision = ReadDecision(node);
      return expected;
    }
    const MapReader map(node, "`expect`", kExpectKeys, diagnostics_);
    if (const YamlNode* decision = map.Require("decision")) expected.decision = ReadDecision(*decision);
    if (const YamlNode* rule = map.Find("rule")) expected.rule = IsNull(*rule) ? "" : Text(*rule, "`rule`");
    if (const YamlNode* reason = map.Find("reason")) expected.reason = ReadReason(*reason);
    return expected;
  }

  Decision ReadDecision(const YamlNode& node) {
    std::array<absl::string_view, kDecisionCount> words;
    for (size_t i = 0; i < kDecisionCount; ++i) words[i] = DecisionName(static_cast<Decision>(i));
    return static_cast<Decision>(ReadWord(node, "a decision", words));
  }

  Reason ReadReason(const YamlNode& node) {
    std::array<absl::string_view, kReasons> words;
    for (size_t i = 0; i < kReasons; ++i) words[i] = ReasonName(static_cast<Reason>(i));
    return static_cast<Reason>(ReadWord(node, "`reason`", words));
  }

  static constexpr size_t kReasons = static_cast<size_t>(Reason::kLimitCycle) + 1;

  DiagnosticList& diagnostics_;
  int64_t sessions_ = 0;
  int64_t repeated_bytes_ = 0;
};

}  // namespace

ScenarioReadResult ReadScenarios(absl::string_view text, const std::string& file_name) {
  ScenarioReadResult result;
  DiagnosticList diagnostics(file_name);
  const YamlTree tree(text, 0, diagnostics);
  if (tree.root() != nullptr) result.file = ScenarioReader(diagnostics).Read(*tree.root());
  result.diagnostics = diagnostics.Take();
  return result;
}

}  // namespace idlewarden::policy
