#include "policy/diagnostics/codes.h"

#include <iterator>

namespace idlewarden::policy {
namespace {

constexpr Severity kE = Severity::kError;
constexpr Severity kW = Severity::kWarning;

constexpr CodeInfo kCodes[] = {
    {Code::kUnreadable, kE, "unreadable",
     "The file cannot be read: it is not there, is no regular file, or its rights forbid it. Nothing is known of what "
     "it "
     "says; an agent goes on with the last good policy."},
    {Code::kTooLarge, kE, "too-large",
     "The file, or what its lists come to, is larger than the reader accepts (16 MiB of text, 2 million YAML nodes, 1 "
     "million included lists). Nothing of it is used. Move long lists of names to list files or combine networks."},
    {Code::kNotUtf8, kE, "not-utf8",
     "The file holds bytes that are not UTF-8, so names could not be compared reliably. Save it as UTF-8."},
    {Code::kYamlSyntax, kE, "yaml-syntax",
     "The text is not well-formed YAML. What follows the place cannot be understood; errors in what was complete "
     "before it "
     "are shown as well."},
    {Code::kSecondDocument, kE, "second-document",
     "A policy is one YAML document. What stands behind `---` would silently not apply."},
    {Code::kAliasBomb, kE, "alias-bomb",
     "Anchors and aliases repeat each other so often (or contain themselves) that the file would grow without measure. "
     "Use `lists` for what is needed in several places."},
    {Code::kTooDeep, kE, "too-deep", "Maps and sequences are nested far deeper than any policy is."},
    {Code::kUnsupportedTag, kE, "unsupported-tag",
     "An explicit YAML tag (`!…`) stands here. Tags have no meaning in policies; remove it."},
    {Code::kDuplicateKey, kE, "duplicate-key",
     "A key stands twice in one map. Only one of them could apply, and which one would be a guess."},
    {Code::kUnknownKey, kE, "unknown-key",
     "The key is not part of the language here, most often a spelling mistake. Ignoring it could close more than its "
     "author meant."},
    {Code::kMissingKey, kE, "missing-key", "A key that is required here is not given."},
    {Code::kWrongType, kE, "wrong-type", "The value has another shape than is needed here, e.g. a list for a text."},
    {Code::kBadVersion, kE, "bad-version",
     "The version of the policy language is not one that this program knows. It may need a newer idlewarden."},
    {Code::kBadName, kE, "bad-name",
     "Names become metric labels and parts of commands: up to 63 characters a-z, 0-9 and '-', not at an end."},
    {Code::kDuplicateName, kE, "duplicate-name",
     "Two rules or protections (or two lists) have one name, so reports could not tell them apart."},
    {Code::kBadDuration, kE, "bad-duration",
     "A duration is one or more of Nd, Nh, Nm, Ns in that order and more than zero, such as 15m or 1h30m. Bare numbers "
     "and zero are refused, because zero could mean both \"at once\" and \"never\"."},
    {Code::kBadNumber, kE, "bad-number",
     "A whole decimal number is needed, without sign, quotes or leading zeros, within the stated range."},
    {Code::kBadValue, kE, "bad-value", "The value is not one of those that are possible here."},
    {Code::kContradictoryBounds, kE, "contradictory-bounds",
     "No value can be within these bounds, so the condition could never hold."},
    {Code::kEmptyCondition, kE, "empty-condition",
     "The condition is given but says nothing, so it is not clear whether it should match all or nothing."},
    {Code::kBadZone, kE, "bad-zone",
     "The time zone is not an IANA name (such as Europe/Amsterdam) that this machine knows; tzdata may be missing."},
    {Code::kBadTime, kE, "bad-time", "A time of day is written \"HH:MM\", from 00:00 to 23:59; `to` may be 24:00."},
    {Code::kBadDay, kE, "bad-day", "A day is one of mon, tue, wed, thu, fri, sat, sun, or a range such as mon-fri."},
    {Code::kBadDate, kE, "bad-date", "A date is written YYYY-MM-DD and must exist."},
    {Code::kEmptyWindow, kE, "empty-window",
     "`from` and `to` are equal. That could mean the whole day or nothing; leave both out for the whole day."},
    {Code::kBadNetwork, kE, "bad-network",
     "The entry is meant as a network but is none: the prefix is out of range, or bits are set below it."},
    {Code::kEmptyList, kE, "empty-list",
     "A list in a condition or under `lists` has no entries. Whether that should match all or nothing is not clear."},
    {Code::kUnknownList, kE, "unknown-list", "`$name` names a list that `lists` does not define."},
    {Code::kListCycle, kE, "list-cycle", "The list includes itself, directly or through others."},
    {Code::kListFile, kE, "list-file",
     "The list file cannot be read, is a directory, is too large or is not UTF-8. The policy is not used without it, "
     "because a protection could be missing its entries."},
    {Code::kNestedAny, kE, "nested-any",
     "A map inside `any` has an `any` of its own, which the language does not have."},
    {Code::kNoIdle, kE, "no-idle",
     "The rule (or one alternative of its `any`) does not say how long a session must be idle, so it would close "
     "sessions in the middle of work. Add `idle: …`, or `close_active: true` if that is meant."},
    {Code::kUnusedList, kW, "unused-list",
     "No condition uses the list. If it was meant to protect somebody, it does not."},
    {Code::kNeverMatches, kW, "never-matches",
     "No session can ever fulfil all conditions, so the rule or protection (or the alternative of its `any`) has no "
     "effect. A protection of that kind can at most keep sessions of which a value is not known."},
    {Code::kShadowed, kW, "shadowed",
     "An earlier rule or protection decides every session that this one could match, so this one has no effect."},
    {Code::kNotCompared, kW, "not-compared",
     "The policy has so many rules or entries that not all of them could be compared with each other. From this rule "
     "or protection on, others without effect may not have been found. Put long lists under `lists`, where two rules "
     "can share them."},
    {Code::kMatchesEverything, kW, "matches-everything",
     "There are no conditions, so every session matches. For a rule, that would close everything that is not "
     "protected."},
    {Code::kIdleBelowPolling, kW, "idle-below-polling",
     "The idle limit is below twice the agent's shortest polling interval: sessions are closed later than the limit "
     "says, "
     "and activity between two looks can be missed."},
    {Code::kNetworkCovered, kW, "network-covered",
     "Another entry of the same list already contains this network, so this entry changes nothing."},
    {Code::kPartialAddress, kW, "partial-address",
     "The entry looks like part of an address but is no network, so it is a pattern for host names. Of a client that "
     "the "
     "server reports as an address nobody can know whether its name matches: a rule does not act on it, and a "
     "protection "
     "keeps it. Write a network such as 10.20.0.0/16."},
    {Code::kDeadEntry, kW, "dead-entry",
     "No user or client is spelled like the entry: it is empty, has blanks around it, names no account or no domain "
     "beside "
     "its backslash or @, or spells a client otherwise than clients are compared (without leading backslashes, "
     "brackets "
     "and IPv6 zone). Whoever was meant by it is not matched; at most is it unknown whether they are meant, which "
     "keeps "
     "them if the entry protects."},
    {Code::kCommentInEntry, kW, "comment-in-entry",
     "`#` starts a comment in a list file, also right behind an entry. If it was meant to be part of the name, another "
     "name is protected or closed. Write an entry that has a # into the policy, in quotes; put a blank before a "
     "comment."},
    {Code::kDomainInRule, kW, "domain-in-rule",
     "The entry names a domain. On servers that report bare user names (Windows does), or users in the other notation "
     "(DOMAIN\\name, name@realm), nobody can know whether this user is meant, and unknown never closes: there the rule "
     "does "
     "not act on this user."},
    {Code::kOddCharacter, kW, "odd-character",
     "The entry has a character that looks like another, or like nothing: a curly quote, a dash that is no hyphen, a "
     "blank "
     "that does not break, something without width. Editors, web pages and spreadsheets put them there; names seldom "
     "have "
     "them, and then nobody is matched. Write the entry anew, or leave it if the name has that character."},
    {Code::kMoot, kW, "moot",
     "The setting can have no effect beside the others: `close_active: true` where every alternative asks for an idle "
     "time, or `max_percent_per_server: 100`, which nothing can exceed. If it was meant to do something, it does not."},
};

// The enumeration indexes the table.
constexpr bool InOrder() {
  for (size_t i = 0; i < std::size(kCodes); ++i) {
    if (static_cast<size_t>(kCodes[i].code) != i) return false;
  }
  return std::size(kCodes) == static_cast<size_t>(Code::kMoot) + 1;
}
static_assert(InOrder());

const CodeInfo& Info(Code code) { return kCodes[static_cast<size_t>(code)]; }

}  // namespace

absl::Span<const CodeInfo> AllCodes() { return kCodes; }
absl::string_view CodeName(Code code) { return Info(code).name; }
Severity CodeSeverity(Code code) { return Info(code).severity; }

}  // namespace idlewarden::policy
