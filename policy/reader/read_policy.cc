#include "policy/reader/read_policy.h"

#include <array>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "policy/diagnostics/wording.h"
#include "policy/reader/node_reader.h"
#include "policy/reader/read_conditions.h"
#include "policy/reader/read_window.h"
#include "policy/reader/yaml_tree.h"

namespace idlewarden::policy {
namespace {

constexpr std::array<absl::string_view, 7> kTopKeys = {"version", "zone",  "lists", "limits",
                                                       "protect", "rules", "allow"};
constexpr std::array<absl::string_view, 2> kLimitKeys = {"max_closes_per_cycle", "max_percent_per_server"};
constexpr std::array<absl::string_view, 3> kProtectionKeys = {"name", "when", "reason"};
constexpr std::array<absl::string_view, 7> kRuleKeys = {
    "name", "when", "mode", "for", "max_closes_per_cycle", "close_active", "description"};
constexpr std::array<absl::string_view, 2> kModes = {"observe", "enforce"};
constexpr std::array<absl::string_view, 1> kAllowed = {"machine-accounts"};
constexpr int64_t kMaxLimit = 1'000'000'000;

class PolicyReader {
 public:
  PolicyReader(const ListFiles& list_files, DiagnosticList& diagnostics)
      : list_files_(list_files), diagnostics_(diagnostics) {}

  Policy Read(const YamlNode& root) {
    Policy policy;
    const MapReader map(root, "a policy", kTopKeys, diagnostics_);
    CheckVersion(map);
    if (const YamlNode* zone = map.Find("zone")) zone_ = ReadZone(*zone, "`zone`", diagnostics_);
    if (const YamlNode* lists = map.Find("lists")) policy.lists = ReadLists(*lists, list_files_, diagnostics_);
    if (const YamlNode* limits = map.Find("limits")) {
      policy.limits = ReadLimits(*limits);
      policy.limits_place = limits->place;
    }
    if (const YamlNode* allow = map.Find("allow")) policy.allow_machine_accounts = ReadAllow(*allow);
    if (const YamlNode* protections = map.Find("protect")) {
      ForEach(*protections, "`protect`",
              [&](const YamlNode& node) { policy.protections.push_back(ReadProtection(node)); });
    }
    if (const YamlNode* rules = map.Find("rules")) {
      ForEach(*rules, "`rules`", [&](const YamlNode& node) { policy.rules.push_back(ReadRule(node)); });
    }
    return policy;
  }

 private:
  template <typename Visit>
  void ForEach(const YamlNode& node, absl::string_view what, const Visit& visit) {
    const auto* items = ReadSequence(node, what, diagnostics_);
    if (items == nullptr) return;
    for (const YamlNode* item : *items) visit(*item);
  }

  void CheckVersion(const MapReader& map) {
    const YamlNode* version = map.Require("version");
    if (version == nullptr) return;
    if (version->kind == YamlNode::Kind::kScalar && version->plain && version->text == "1") return;
    diagnostics_.Add(Code::kBadVersion, version->place, "`version` must be 1, the only one that this program knows");
  }

  // nullopt: `unlimited`, or an error.
  std::optional<int64_t> ReadLimit(const YamlNode& node, absl::string_view what, int64_t max) {
    if (node.kind == YamlNode::Kind::kScalar && node.text == "unlimited") return std::nullopt;
    const auto limit = ReadInteger(node, absl::StrCat(what, " (or `unlimited`)"), 1, max, diagnostics_);
    return limit;
  }

  Limits ReadLimits(const YamlNode& node) {
    Limits limits;
    const MapReader map(node, "`limits`", kLimitKeys, diagnostics_);
    if (const YamlNode* closes = map.Find("max_closes_per_cycle")) {
      limits.max_closes_per_cycle = ReadLimit(*closes, "`max_closes_per_cycle`", kMaxLimit);
    }
    if (const YamlNode* percent = map.Find("max_percent_per_server")) {
      limits.max_percent_per_server = ReadLimit(*percent, "`max_percent_per_server`", 100);
    }
    return limits;
  }

  bool ReadAllow(const YamlNode& node) {
    bool machine_accounts = false;
    ForEach(node, "`allow`", [&](const YamlNode& item) {
      const std::optional<std::string> text = ReadText(item, "an entry of `allow`", diagnostics_);
      if (!text.has_value()) return;
      if (*text == kAllowed[0]) {
        machine_accounts = true;
      } else {
        diagnostics_.Add(
            Code::kBadValue, item.place,
            absl::StrCat(Quoted(*text), " cannot be allowed; only machine-accounts can", Suggestion(*text, kAllowed)));
      }
    });
    return machine_accounts;
  }

  std::string ReadUniqueName(const MapReader& map) {
    const YamlNode* node = map.Require("name");
    if (node == nullptr) return "";
    const std::optional<std::string> name = ReadName(*node, "the name", diagnostics_);
    if (!name.has_value()) return "";
    const auto [first, added] = names_.try_emplace(*name, node->place.line);
    if (!added) {
      diagnostics_.Add(Code::kDuplicateName, node->place,
                       absl::StrCat("the name ", Quoted(*name), " is taken at line ", first->second,
                                    "; rules and protections share their names"));
    }
    return *name;
  }

  std::string ReadOptionalText(const MapReader& map, absl::string_view key) {
    const YamlNode* node = map.Find(key);
    if (node == nullptr) return "";
    return ReadText(*node, absl::StrCat("`", key, "`"), diagnostics_).value_or("");
  }

  When RequireWhen(const MapReader& map) {
    if (const YamlNode* node = map.Require("when")) return ReadWhen(*node, zone_, diagnostics_);
    When when;
    when.all.Set({Field::kIdle, kIdleAfterError, {}});  // the missing key has been reported
    return when;
  }

  Protection ReadProtection(const YamlNode& node) {
    const MapReader map(node, "a protection", kProtectionKeys, diagnostics_);
    Protection protection;
    protection.place = node.place;
    protection.name = ReadUniqueName(map);
    protection.reason = ReadOptionalText(map, "reason");
    protection.when = RequireWhen(map);
    return protection;
  }

  RuleMode ReadMode(const YamlNode& node) {
    const std::optional<std::string> mode = ReadText(node, "`mode`", diagnostics_);
    if (mode == kModes[0]) return RuleMode::kObserve;
    if (mode == kModes[1]) return RuleMode::kEnforce;
    if (mode.has_value()) {
      diagnostics_.Add(Code::kBadValue, node.place,
                       absl::StrCat("`mode` is observe or enforce, not ", Quoted(*mode), Suggestion(*mode, kModes)));
    }
    return RuleMode::kObserve;
  }

  Rule ReadRule(const YamlNode& node) {
    const MapReader map(node, "a rule", kRuleKeys, diagnostics_);
    Rule rule;
    rule.place = node.place;
    rule.name = ReadUniqueName(map);
    rule.description = ReadOptionalText(map, "description");
    rule.when = RequireWhen(map);
    if (const YamlNode* mode = map.Find("mode")) rule.mode = ReadMode(*mode);
    if (const YamlNode* wait = map.Find("for")) {
      rule.for_time = ReadDuration(*wait, "`for`", diagnostics_).value_or(absl::ZeroDuration());
    }
    if (const YamlNode* limit = map.Find("max_closes_per_cycle")) {
      rule.max_closes_per_cycle = ReadLimit(*limit, "`max_closes_per_cycle`", kMaxLimit);
    }
    if (const YamlNode* active = map.Find("close_active")) {
      rule.close_active = ReadBool(*active, "`close_active`", diagnostics_).value_or(false);
    }
    return rule;
  }

  const ListFiles& list_files_;
  DiagnosticList& diagnostics_;
  NamedZone zone_;
  absl::flat_hash_map<std::string, uint32_t> names_;  // of rules and protections, with their lines
};

}  // namespace

Policy ReadPolicy(absl::string_view text, const ListFiles& list_files, DiagnosticList& diagnostics) {
  Policy policy;
  const YamlTree tree(text, 0, diagnostics);
  if (tree.root() != nullptr) policy = PolicyReader(list_files, diagnostics).Read(*tree.root());
  policy.files = diagnostics.files();
  policy.whole = tree.whole();
  return policy;
}

}  // namespace idlewarden::policy
