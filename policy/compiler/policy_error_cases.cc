#include "policy/compiler/policy_error_cases.h"

#include "absl/strings/str_cat.h"

namespace idlewarden::policy {
namespace {

std::string Repeat(const std::string& text, int times) {
  std::string repeated;
  for (int i = 0; i < times; ++i) repeated += text;
  return repeated;
}

// A rule `r` with the given `when`, which starts in line 4, column 9.
std::string RuleWhen(const std::string& when) {
  return absl::StrCat("version: 1\nrules:\n- name: r\n  when: ", when, "\n");
}

std::string Bomb() {
  std::string text = "version: 1\nlists:\n  l0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i <= 9; ++i) {
    absl::StrAppend(&text, "  l", i, ": &a", i, " [", Repeat(absl::StrCat("*a", i - 1, ", "), 10), "]\n");
  }
  return text;
}

void AddFileCases(std::vector<PolicyErrorCase>& cases) {
  cases.push_back({"Empty", "", {"1:1 wrong-type"}});
  cases.push_back({"OnlyAComment", "# nothing\n", {"1:1 wrong-type"}});
  cases.push_back({"NotAMap", "[1]\n", {"1:1 wrong-type"}});
  cases.push_back({"TooLarge", std::string((16 << 20) + 1, '#'), {"1:1 too-large"}});
  cases.push_back({"NotUtf8", "version: 1\n# J\xF6rg\n", {"2:4 not-utf8"}});
  cases.push_back({"Utf16", std::string("\xFF\xFEv\0", 4), {"1:1 not-utf8"}});
  cases.push_back({"Surrogate", "version: 1 # \xED\xA0\x80\n", {"1:14 not-utf8"}});
  cases.push_back({"ControlCharacter", "version: 1\n#\x04\n", {"2:2 yaml-syntax"}});
  cases.push_back({"NulAtTheStart", std::string("\0v", 2), {"1:1 yaml-syntax"}});
  cases.push_back({"Syntax", "version: 1\nrules: [\n", {"3:1 yaml-syntax"}});
  cases.push_back({"SyntaxAfterOtherErrors",
                   "version: 2\nlists: {a: [10.0.0.1/8]}\nrules:\n- {name: A, when: {idel: 1h}}\n"
                   "- {name: b, when: {users: [$late]}}\n- name: [\n",
                   {"1:10 bad-version", "2:13 bad-network", "4:10 bad-name", "4:20 unknown-key", "5:3 no-idle",
                    "7:1 yaml-syntax"}});
  cases.push_back({"BadBytesAfterOtherErrors",
                   "zoen: UTC\n# J\xF6rg J\xFCrgen \x01\nversion: 3\n",
                   {"1:1 unknown-key", "2:4 not-utf8", "2:15 yaml-syntax", "3:10 bad-version"}});
  cases.push_back({"Tabs", "version: 1\nrules:\n\t- a\n", {"3:2 yaml-syntax"}});
  cases.push_back(
      {"SecondDocument", "version: 1\nzoen: UTC\n---\nversion: 1\n", {"2:1 unknown-key", "3:1 second-document"}});
  cases.push_back({"AliasBomb", Bomb(), {"3:7 wrong-type", "4:7 wrong-type", "6:47 alias-bomb"}});
  cases.push_back({"AliasOfItself", "version: 1\nrules: &a [*a]\n", {"2:12 alias-bomb"}});
  cases.push_back({"UnknownAlias", "version: *v\n", {"1:10 yaml-syntax"}});
  cases.push_back({"TooDeep", "version: 1\nrules: " + Repeat("[", 70) + Repeat("]", 70) + "\n", {"2:71 too-deep"}});
  cases.push_back({"NestingBomb", Repeat("[", 100000), {"1:65 too-deep"}});
  cases.push_back(
      {"Tags", "version: !!int 1\nzoen: !x y\n", {"1:10 unsupported-tag", "2:1 unknown-key", "2:7 unsupported-tag"}});
  cases.push_back({"DuplicateKey", "version: 1\nrules: []\nrules: []\n", {"3:1 duplicate-key"}});
  cases.push_back({"MergeKey", "version: 1\n<<: {rules: []}\n", {"2:1 unknown-key"}});
  cases.push_back({"CrLfAndBom", "\xEF\xBB\xBFversion: 1\r\nrules: []\r\nx: 1\r\n", {"3:1 unknown-key"}});
  cases.push_back(
      {"ColumnsCountCharacters", "version: 1\nlists: {\"ü\": [a], \"é\": [b]}\n", {"2:9 bad-name", "2:19 bad-name"}});
}

// A quote that is not closed would take all that follows into its text, and with it a protection.
void AddOpenQuoteCases(std::vector<PolicyErrorCase>& cases) {
  const std::string protection = "protect:\n- name: p\n  when: {users: [svc]}\n";
  const std::string rule = "version: 1\nrules:\n- name: r\n  when: {idle: 1h}\n";
  for (const std::string quote : {"\"", "'"}) {
    const std::string kind = quote == "'" ? "Single" : "Double";
    cases.push_back({kind + "QuoteOpenInAMap",
                     rule + "  description: " + quote + "ends kiosks\n" + protection,
                     {"5:16 yaml-syntax"}});
    cases.push_back({kind + "QuoteOpenInASequence",
                     "version: 1\nlists:\n  a:\n  - bob\n  - " + quote + "eve\n  - dave\n" + protection,
                     {"5:5 yaml-syntax"}});
    cases.push_back({kind + "QuoteOpenInAList",
                     "version: 1\nlists:\n  a: [bob, " + quote + "eve]\n" + protection,
                     {"3:12 yaml-syntax"}});
    cases.push_back({kind + "QuoteOpenBeforeBlanks", "version: 1\nzone: " + quote + "UTC \n\n  ", {"2:7 yaml-syntax"}});
    cases.push_back({kind + "QuoteOpenOnTheLastLine", "version: 1\nzone: " + quote + "UTC", {"2:7 yaml-syntax"}});
  }
  cases.push_back(
      {"QuoteOpenBehindAnError", "zoen: UTC\nversion: \"1\nrules: []\n\n", {"1:1 unknown-key", "2:10 yaml-syntax"}});
  cases.push_back({"QuoteOpenBehindABackslash", "version: 1\nzone: \"UTC\\\n", {"2:7 yaml-syntax"}});
  cases.push_back({"QuoteOpenInAKey", "version: \"1\"\n\"rules: []\n", {"1:10 bad-version", "2:1 yaml-syntax"}});
}

void AddTopCases(std::vector<PolicyErrorCase>& cases) {
  cases.push_back({"NoVersion", "rules: []\n", {"1:1 missing-key"}});
  cases.push_back({"VersionTwo", "version: 2\n", {"1:10 bad-version"}});
  cases.push_back({"VersionInQuotes", "version: \"1\"\n", {"1:10 bad-version"}});
  cases.push_back({"Zone", "version: 1\nzone: Europe/Amsterdamm\n", {"2:7 bad-zone"}});
  cases.push_back({"ZoneFile", "version: 1\nzone: ../../etc/passwd\n", {"2:7 bad-zone"}});
  cases.push_back({"ZoneOfTheMachine", "version: 1\nzone: localtime\n", {"2:7 bad-zone"}});
  cases.push_back({"NullRules", "version: 1\nrules:\n", {"2:1 wrong-type"}});
  cases.push_back({"Limits",
                   "version: 1\nlimits: {max_closes_per_cycle: 0, max_percent_per_server: 101}\n",
                   {"2:32 bad-number", "2:59 bad-number"}});
  cases.push_back({"OctalAndHexAndSigned",
                   "version: 1\nlimits:\n  max_closes_per_cycle: 010\n  max_percent_per_server: 0x10\n"
                   "rules:\n- {name: r, when: {idle: 1h}, max_closes_per_cycle: -1}\n",
                   {"3:25 bad-number", "4:27 bad-number", "6:53 bad-number"}});
  cases.push_back({"Allow", "version: 1\nallow: [machine-acounts, x]\n", {"2:9 bad-value", "2:26 bad-value"}});
  cases.push_back({"Names",
                   "version: 1\nprotect:\n- {name: a, when: {guest: true}}\nrules:\n- {name: a, when: {idle: 1h}}\n"
                   "- {name: A_b, when: {idle: 2h}}\n- {when: {idle: 3h}}\n",
                   {"5:10 duplicate-name", "6:10 bad-name", "7:3 missing-key"}});
}

void AddRuleCases(std::vector<PolicyErrorCase>& cases) {
  cases.push_back({"NoWhen", "version: 1\nrules:\n- name: a\n", {"3:3 missing-key"}});
  cases.push_back({"WhenIsText", RuleWhen("idle"), {"4:9 wrong-type"}});
  cases.push_back({"NoIdle", RuleWhen("{users: [a]}"), {"3:3 no-idle"}});
  cases.push_back({"IdleBelowIsNoIdle", RuleWhen("{idle: {below: 5m}}"), {"3:3 no-idle"}});
  cases.push_back({"NoIdleInOneAlternative", RuleWhen("{any: [{idle: 1h}, {age: 1h}]}"), {"4:28 no-idle"}});
  cases.push_back({"BadMode", RuleWhen("{idle: 1h}") + "  mode: enforced\n", {"5:9 bad-value"}});
  cases.push_back({"ProtectionKeysAreNoRuleKeys",
                   "version: 1\nprotect: [{name: p, when: {guest: true}, mode: enforce}]\n",
                   {"2:42 unknown-key"}});
  cases.push_back({"Durations",
                   RuleWhen("{idle: 15, age: {at_least: 0s, below: 1m1h}}") + "  for: -5m\n",
                   {"4:16 bad-duration", "4:36 bad-duration", "4:47 bad-duration", "5:8 bad-duration"}});
  cases.push_back({"NestedAny", RuleWhen("{idle: 1h, any: [{any: [{guest: true}]}]}"), {"4:26 nested-any"}});
  cases.push_back({"EmptyAny", RuleWhen("{idle: 1h, any: []}"), {"4:25 empty-list"}});
  cases.push_back({"EmptyMapInAny", RuleWhen("{idle: 1h, any: [{}]}"), {"4:26 empty-condition"}});
  // Where the idle time may have been meant to stand there, it is not also said to be missing.
  cases.push_back({"AnyIsAMap", RuleWhen("{any: {idle: 1h}}"), {"4:15 wrong-type"}});
  cases.push_back(
      {"AnyIsAMapBesideAnotherIdle", RuleWhen("{idle: {below: 2h}, any: {idle: 1h}}"), {"4:34 wrong-type"}});
  cases.push_back({"EmptyAnyAlone", RuleWhen("{any: []}"), {"4:15 empty-list"}});
  cases.push_back({"NoMapInAny", RuleWhen("{any: [{idle: 1h}, idle]}"), {"4:28 wrong-type"}});
  cases.push_back({"EmptyMapAloneInAny", RuleWhen("{any: [{idle: 1h}, {}]}"), {"4:28 empty-condition"}});
  cases.push_back({"NestedAnyAlone", RuleWhen("{any: [{any: [{idle: 1h}]}]}"), {"4:16 nested-any"}});
  cases.push_back({"Contradictions",
                   RuleWhen("{idle: {at_least: 2h, below: 2h}, open_files: {at_least: 2, at_most: 1}}"),
                   {"4:16 contradictory-bounds", "4:55 contradictory-bounds"}});
  cases.push_back({"EmptyConditions",
                   RuleWhen("{idle: {}, open_files: {}, users: {}, servers: {}, clients: {in: []}}"),
                   {"4:16 empty-condition", "4:32 empty-condition", "4:43 empty-condition", "4:56 empty-condition",
                    "4:74 empty-list"}});
  cases.push_back({"GuestAndLists",
                   RuleWhen("{idle: 1h, guest: yes, users: bob, transports: [{}]}"),
                   {"4:27 wrong-type", "4:39 wrong-type", "4:57 wrong-type"}});
  cases.push_back(
      {"Labels", RuleWhen("{idle: 1h, servers: {labels: {a: [], b: {}}}}"), {"4:42 empty-list", "4:49 wrong-type"}});
  cases.push_back({"NullEntry", RuleWhen("{idle: 1h, users: [~]}"), {"4:28 wrong-type"}});
}

void AddWindowCases(std::vector<PolicyErrorCase>& cases) {
  cases.push_back(
      {"WindowTimes",
       RuleWhen("{idle: 1h, during: [{from: 8:00, to: 24:01}, {from: \"24:00\", to: \"09:00\"}, {to: \"10:00\"}]}"),
       {"4:36 bad-time", "4:46 bad-time", "4:61 bad-time", "4:89 missing-key"}});
  cases.push_back(
      {"EmptyWindow", RuleWhen("{idle: 1h, during: {from: \"08:00\", to: \"08:00\"}}"), {"4:28 empty-window"}});
  cases.push_back({"Days",
                   RuleWhen("{idle: 1h, during: {days: [Mon, mon-thur, mon-wed-fri, fri-mon, xyz]}}"),
                   {"4:36 bad-day", "4:41 bad-day", "4:51 bad-day", "4:73 bad-day"}});
  cases.push_back({"NoDays", RuleWhen("{idle: 1h, during: {days: []}}"), {"4:35 empty-list"}});
  cases.push_back({"Dates",
                   RuleWhen("{idle: 1h, during: {except_dates: [2026-02-29, 26-01-01, 2024-02-29]}}"),
                   {"4:44 bad-date", "4:56 bad-date"}});
}

void AddListCases(std::vector<PolicyErrorCase>& cases) {
  cases.push_back({"UnknownList", RuleWhen("{idle: 1h, users: [$nobody]}"), {"4:28 unknown-list"}});
  cases.push_back(
      {"ListCycle",
       "version: 1\nlists: {a: [$b], b: [$c], c: [$a, x]}\nrules: [{name: r, when: {idle: 1h, users: [$a]}}]\n",
       {"2:27 list-cycle"}});
  cases.push_back({"UnusedList", "version: 1\nlists: {a: [x]}\n", {"2:9 unused-list"}});
  cases.push_back({"BadNetworkInUnusedList",
                   "version: 1\nlists: {a: [10.0.0.1/8, \"CORP\\\\x\", \" x\"]}\n",
                   {"2:9 unused-list", "2:13 bad-network"}});
  cases.push_back({"ListFileWithLoneCarriageReturns",
                   "version: 1\nlists: {a: {file: macintosh.txt}}\nprotect: [{name: p, when: {clients: [$a]}}]\n",
                   {"macintosh.txt:3:1 bad-network"}});
  cases.push_back({"EmptyLists",
                   "version: 1\nlists: {a: [], b: {file: empty.txt}}\n",
                   {"2:9 unused-list", "2:12 empty-list", "2:16 unused-list", "2:26 empty-list"}});
  cases.push_back(
      {"ListFiles",
       "version: 1\nlists: {a: {file: missing.txt}, b: {file: dir}, c: {file: binary.txt}, d: {file: latin1.txt}}\n"
       "protect: [{name: p, when: {users: [$a, $b, $c, $d]}}]\n",
       {"2:19 list-file", "2:43 list-file", "2:59 list-file", "2:82 list-file"}});
  cases.push_back({"ListFileWithCommentsBehindEntries",
                   "version: 1\nlists: {a: {file: good.txt}}\nprotect: [{name: p, when: {users: [$a]}}]\n",
                   {"good.txt:6:1 comment-in-entry"}});
  cases.push_back({"ListFileEntriesHaveTheirOwnPlace",
                   "version: 1\nlists: {a: {file: networks.txt}}\nprotect: [{name: p, when: {clients: [$a]}}]\n",
                   {"networks.txt:2:1 bad-network"}});
  cases.push_back(
      {"Networks",
       RuleWhen("{idle: 1h, clients: [10.0.0.1/8, 10.0.0.0/33, \"::/129\", 10.0.0.0/x, 1.2.3.4/024]}"),
       {"4:30 bad-network", "4:42 bad-network", "4:55 bad-network", "4:65 bad-network", "4:77 bad-network"}});
}

void AddWarningCases(std::vector<PolicyErrorCase>& cases) {
  cases.push_back({"CoveredNetworks",
                   RuleWhen("{idle: 1h, clients: [10.1.0.0/16, 10.0.0.0/8, 10.0.0.0/8, 11.0.0.0/8]}"),
                   {"4:30 network-covered", "4:55 network-covered"}});
  cases.push_back({"PartialAddress",
                   RuleWhen("{idle: 1h, clients: [\"10.20.0.*\", \"2001:db8:*\", pc-1.example, \"10*\", 2024pc*]}"),
                   {"4:30 partial-address", "4:43 partial-address", "4:71 partial-address"}});
  cases.push_back(
      {"MeantNetworks",
       RuleWhen("{idle: 1h, clients: [10.0.0.0/255.255.0.0, 10.0.0.1-10.0.0.3, '10.0.0.5:445', 010.0.0.1]}"),
       {"4:30 bad-network", "4:52 partial-address", "4:71 partial-address", "4:87 partial-address"}});
  cases.push_back({"OddCharacters",
                   RuleWhen("{idle: 1h, users: [\u201calice\u201d, \"bob\u00a0\", o'brien]}"),
                   {"4:28 odd-character", "4:37 odd-character"}});
  cases.push_back({"DeadClients",
                   RuleWhen("{idle: 1h, clients: ['\\\\10.0.0.5', '[2001:db8::1]', 'fe80::1%eth0', ' 10.0.0.1', '', "
                            "'\\\\pc-*', '[a-z]*', pc, '::ffff:10.0.0.1']}"),
                   {"4:30 dead-entry", "4:44 dead-entry", "4:61 dead-entry", "4:77 dead-entry", "4:90 dead-entry",
                    "4:94 dead-entry", "4:104 dead-entry"}});
  cases.push_back(
      {"DeadUsers",
       "version: 1\nprotect:\n- {name: p, when: {users: ['CORP\\', '', 'bob ', '\\svc', bob, 'bob@', '@corp'], "
       "client_types: ['', ' x']}}\n",
       {"3:28 dead-entry", "3:37 dead-entry", "3:41 dead-entry", "3:49 dead-entry", "3:62 dead-entry",
        "3:70 dead-entry"}});
  cases.push_back(
      {"DomainInRule", RuleWhen("{idle: 1h, users: {not_in: [\"CORP\\\\bob\"]}}"), {"4:37 domain-in-rule"}});
  cases.push_back({"RealmInRule", RuleWhen("{idle: 1h, users: [bob@corp.example, bob]}"), {"4:28 domain-in-rule"}});
  cases.push_back({"IdleBelowPolling", RuleWhen("{idle: 59s}"), {"4:9 idle-below-polling"}});
  // The longer of the two idle times is what counts.
  cases.push_back({"IdleBelowPollingOnlyInAny", RuleWhen("{idle: 1h, any: [{idle: 10s}, {guest: true}]}"), {}});
  cases.push_back({"IdleBelowPollingOnlyOutsideAny", RuleWhen("{idle: 10s, any: [{idle: 1h}, {idle: 2h}]}"), {}});
  cases.push_back({"IdleBelowPollingInWhatIsShared",
                   RuleWhen("{idle: 20s, any: [{idle: 1h}, {guest: true}, {idle: 10s, age: 1h}]}"),
                   {"4:9 idle-below-polling"}});
  cases.push_back({"IdleBelowPollingInAnAlternative",
                   RuleWhen("{any: [{idle: 1h}, {idle: 10s, guest: true}]}"),
                   {"4:28 idle-below-polling"}});
  cases.push_back({"IdleBelowPollingInBoth",
                   RuleWhen("{idle: 10s, any: [{idle: 20s, guest: true}, {age: 1h}]}"),
                   {"4:9 idle-below-polling", "4:27 idle-below-polling"}});
  cases.push_back({"MatchesEverything", RuleWhen("{}") + "  close_active: true\n", {"3:3 matches-everything"}});
  cases.push_back({"MootCloseActive", RuleWhen("{idle: 1h}") + "  close_active: true\n", {"3:3 moot"}});
  cases.push_back({"MootCloseActiveInEachAlternative",
                   RuleWhen("{any: [{idle: 1h}, {idle: 2h, guest: true}]}") + "  close_active: true\n",
                   {"3:3 moot"}});
  cases.push_back(
      {"CloseActiveInOneAlternative", RuleWhen("{any: [{idle: 1h}, {age: 2h}]}") + "  close_active: true\n", {}});
  cases.push_back({"MootPercent", "version: 1\nlimits: {max_percent_per_server: 100}\n", {"2:9 moot"}});
  // A rule that exceeds its own limit is held alone; without one, it would have all others held with it.
  cases.push_back({"LimitOfARuleAsOfThePolicy", RuleWhen("{idle: 1h}") + "  max_closes_per_cycle: 50\n", {}});
  cases.push_back({"LimitOfARuleAboveThePolicys", RuleWhen("{idle: 1h}") + "  max_closes_per_cycle: 60\n", {}});
}

// The `when`s of two rules, the second of which starts in line 4.
std::string TwoRules(const std::string& first, const std::string& second) {
  return absl::StrCat("version: 1\nrules:\n- {name: a, when: ", first, "}\n- {name: b, when: ", second, "}\n");
}

void AddLintCases(std::vector<PolicyErrorCase>& cases) {
  const std::vector<std::string> never = {"4:3 never-matches"};
  const std::vector<std::string> shadowed = {"4:3 shadowed"};
  const std::string other = "{idle: 9h, guest: true, transports: [x]}";
  cases.push_back({"NeverByAllAndAny", TwoRules(other, "{idle: 1h, any: [{idle: {below: 30m}}]}"), never});
  cases.push_back({"NeverByAge", TwoRules(other, "{idle: 1h, age: {below: 1h}}"), never});
  cases.push_back({"NeverByPatterns", TwoRules(other, "{idle: 1h, users: {in: [bob, eve], not_in: [\"*\"]}}"), never});
  cases.push_back(
      {"NeverByNetworks", TwoRules(other, "{idle: 1h, clients: {in: [10.1.0.0/16], not_in: [10.0.0.0/8]}}"), never});
  cases.push_back({"NeverByCount", TwoRules(other, "{idle: 1h, user_sessions: 0}"), never});
  cases.push_back({"NeverByGuest", TwoRules(other, "{idle: 1h, guest: true, any: [{guest: false}]}"), never});
  cases.push_back({"ProtectionNever",
                   "version: 1\nprotect:\n- {name: p, when: {users: {in: [bob], not_in: [\"*\"]}}}\n",
                   {"3:3 never-matches"}});
  cases.push_back({"OneAlternativeOfAProtectionNever",
                   "version: 1\nprotect:\n- {name: p, when: {any: [{guest: true}, {user_sessions: 0}]}}\n",
                   {"3:41 never-matches"}});
  cases.push_back({"OneAlternativeNever",
                   TwoRules(other, "{idle: 1h, any: [{age: {below: 30m}}, {age: 2h}]}"),
                   {"4:36 never-matches"}});
  cases.push_back({"ShadowedByIdle", TwoRules("{idle: 1h}", "{idle: 2h, users: [bob]}"), shadowed});
  cases.push_back(
      {"ShadowedByPatterns", TwoRules("{idle: 1h, users: [\"*b\", eve]}", "{idle: 1h, users: [bob, Eve]}"), shadowed});
  cases.push_back({"ShadowedByNetworks",
                   TwoRules("{idle: 1h, clients: [10.0.0.0/8]}", "{idle: 1h, clients: [10.1.0.0/16, 10.2.3.4]}"),
                   shadowed});
  cases.push_back({"ShadowedByServers",
                   TwoRules("{idle: 1h, servers: {in: [\"fs*\"], labels: {site: [a, b]}}}",
                            "{idle: 1h, servers: {in: [fs1], labels: {site: a}}}"),
                   shadowed});
  cases.push_back({"ShadowedInEachAlternative",
                   TwoRules("{idle: 1h, any: [{guest: true}, {users: [bob]}]}",
                            "{any: [{idle: 2h, guest: true}, {idle: 1h, users: [bob]}]}"),
                   shadowed});
  cases.push_back(
      {"ShadowedByProtection",
       "version: 1\nprotect:\n- {name: p, when: {users: [bob]}}\nrules: [{name: r, when: {idle: 1h, users: [BOB]}}]\n",
       {"4:9 shadowed"}});
  cases.push_back(
      {"ShadowedDuring",
       TwoRules("{idle: 1h, during: {days: [mon-fri]}}", "{idle: 1h, during: {days: [tue]}, users: {not_in: [x]}}"),
       shadowed});
  cases.push_back({"NotShadowedByExclusion", TwoRules("{idle: 1h, users: {not_in: [bob]}}", "{idle: 1h}"), {}});
  cases.push_back({"NotShadowedByWiderIdle", TwoRules("{idle: 2h}", "{idle: 1h}"), {}});
  cases.push_back(
      {"NotShadowedByQuestionMark", TwoRules("{idle: 1h, users: [\"?\"]}", "{idle: 1h, users: [\"*\"]}"), {}});
  cases.push_back({"ShadowedByEveryClient",
                   TwoRules("{idle: 1h, clients: [\"*\"]}", "{idle: 1h, clients: [10.0.0.0/8, pc-1]}"), shadowed});
  // Its addresses may be known, those of all that the glob covers are not.
  cases.push_back({"NotShadowedByAGlobForHosts",
                   TwoRules("{idle: 1h, clients: [\"backup*\"]}", "{idle: 1h, clients: [backup01]}"),
                   {}});
  cases.push_back({"ShadowedByAGlobForHosts",
                   TwoRules("{idle: 1h, clients: [\"b*\"]}", "{idle: 1h, clients: [\"backup*\"]}"), shadowed});
  // A client "backup7" may be the second one's, and is certainly not the first one's.
  cases.push_back({"NotShadowedByAGlobOverTheDomain",
                   TwoRules("{idle: 1h, clients: [\"*example\"]}", "{idle: 1h, clients: [\"backup?.example\"]}"),
                   {}});
  cases.push_back({"NotShadowedByFewerFiles", TwoRules("{idle: 1h}", "{idle: 2h, open_files: {at_least: 0}}"), {}});
}

// Two rules of so many users that comparing all with all would take too long. The second one has no effect.
std::string MoreThanIsCompared() {
  std::string users;
  for (int i = 0; i < 4000; ++i) absl::StrAppend(&users, i > 0 ? ", " : "", "u", i);
  const std::string when = "{idle: 1h, users: [" + users + "]}";
  return TwoRules(when, when);
}

void AddLargeCases(std::vector<PolicyErrorCase>& cases) {
  cases.push_back({"MoreThanIsCompared", MoreThanIsCompared(), {"4:3 not-compared"}});
}

}  // namespace

std::vector<PolicyErrorCase> PolicyErrorCases() {
  std::vector<PolicyErrorCase> cases;
  AddFileCases(cases);
  AddOpenQuoteCases(cases);
  AddTopCases(cases);
  AddRuleCases(cases);
  AddWindowCases(cases);
  AddListCases(cases);
  AddWarningCases(cases);
  AddLintCases(cases);
  AddLargeCases(cases);
  return cases;
}

}  // namespace idlewarden::policy
