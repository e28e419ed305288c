#include "policy/evaluator/pattern_answer.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "policy/model/client_name.h"
#include "policy/model/glob.h"
#include "policy/model/known_hosts.h"

namespace idlewarden::policy {
namespace {

PatternAnswer Certain(bool yes) { return {.answer = ToAnswer(yes)}; }

PatternAnswer Unknown(UnknownReason reason, absl::string_view host = {}) {
  return {.answer = Answer::kUnknown, .reason = reason, .host = host};
}

PatternAnswer AnswerUser(const Pattern& pattern, const UserValue& user) {
  const bool account = GlobMatchesFolded(pattern.folded, user.account());
  if (!account || !pattern.has_domain()) return Certain(account);
  if (!user.has_domain()) return Unknown(UnknownReason::kNoDomain);
  const bool same_notation = (pattern.kind == Pattern::Kind::kDomain) == (user.notation == UserNotation::kBackslash);
  if (!same_notation) return Unknown(UnknownReason::kOtherNotation);
  return Certain(GlobMatchesFolded(pattern.domain, user.domain()));
}

PatternAnswer AnswerHostName(const Pattern& pattern, absl::string_view name) {
  const Answer answer = MatchHostName(pattern.folded, name);
  return answer == Answer::kUnknown ? Unknown(UnknownReason::kPartlyQualified, name) : PatternAnswer{answer};
}

// The greatest of what the names of an address answer; no if it has none.
PatternAnswer AnswerHostNames(const Pattern& pattern, absl::Span<const std::string> names) {
  PatternAnswer best;
  for (const std::string& name : names) {
    const PatternAnswer answer = AnswerHostName(pattern, name);
    if (answer.answer > best.answer) best = answer;
  }
  return best;
}

// Of a client that is an address. Its names go first: they were asked for this very address.
PatternAnswer AnswerHostOfAddress(const Pattern& pattern, const ClientValue& client, const KnownHosts* hosts) {
  if (pattern.folded == "*") return Certain(true);
  const PatternAnswer by_name = AnswerHostNames(pattern, client.names());
  if (by_name.answer != Answer::kNo) return by_name;
  const bool literal = GlobIsLiteral(pattern.folded);
  const std::vector<IpAddress>* addresses = literal && hosts != nullptr ? hosts->Find(pattern.folded) : nullptr;
  if (addresses != nullptr) {
    return Certain(std::find(addresses->begin(), addresses->end(), *client.address) != addresses->end());
  }
  return client.names_known() ? Certain(false) : Unknown(UnknownReason::kAddressOnly);
}

PatternAnswer AnswerClient(const Pattern& pattern, const ClientValue& client, const KnownHosts* hosts) {
  if (pattern.kind == Pattern::Kind::kNetwork) {
    if (!client.address.has_value()) return Unknown(UnknownReason::kNameOnly);
    return Certain(pattern.network.Contains(*client.address));
  }
  return client.is_address ? AnswerHostOfAddress(pattern, client, hosts) : AnswerHostName(pattern, client.name);
}

// Of a value that is reported.
PatternAnswer AnswerText(const Pattern& pattern, absl::string_view folded) {
  return Certain(GlobMatchesFolded(pattern.folded, folded));
}

std::string Quoted(absl::string_view text) { return absl::StrCat("\"", text, "\""); }

}  // namespace

bool IsReported(Field field, const SessionFacts& session) {
  if (IsNumber(InfoOf(field))) return NumberOf(field, session).has_value();
  static_assert(AreAll<IsTextOfSession>({Field::kUsers, Field::kClients, Field::kClientTypes, Field::kTransports}) &&
                AreAll<IsFlag>({Field::kGuest}));
  switch (field) {
    case Field::kUsers:
      return session.user_known();
    case Field::kClients:
      return session.client_known();
    case Field::kClientTypes:
      return session.client_type != nullptr;
    case Field::kTransports:
      return session.transport != nullptr;
    case Field::kGuest:
      return session.guest.has_value();
    default:
      return true;  // the server's name and the time are known
  }
}

PatternAnswer AnswerPattern(const Pattern& pattern, Field field, const SessionFacts& session) {
  static_assert(
      AreAll<HasPatterns>({Field::kUsers, Field::kClients, Field::kServers, Field::kClientTypes, Field::kTransports}));
  if (!IsReported(field, session)) return Unknown(UnknownReason::kNotReported);
  switch (field) {
    case Field::kUsers:
      return AnswerUser(pattern, *session.user);
    case Field::kClients:
      return AnswerClient(pattern, *session.client, session.hosts);
    case Field::kServers:
      return AnswerText(pattern, session.server->folded_name);
    case Field::kClientTypes:
      return AnswerText(pattern, session.client_type->folded);
    case Field::kTransports:
      return AnswerText(pattern, session.transport->folded);
    default:
      break;
  }
  return Certain(false);
}

std::string ExplainUnknown(const Pattern& pattern, const PatternAnswer& answer, const SessionFacts& session) {
  const absl::string_view account = ParseUser(pattern.text).account;
  switch (answer.reason) {
    case UnknownReason::kNone:
      return "";
    case UnknownReason::kNotReported:
      return "the server did not report it";
    case UnknownReason::kNoDomain:
      return absl::StrCat("the session's user has no domain; write ", Quoted(account),
                          " to mean the account whatever its domain");
    case UnknownReason::kOtherNotation:
      return absl::StrCat("the session's user is written as ",
                          session.user->notation == UserNotation::kAt ? "name@realm" : "DOMAIN\\name",
                          ", the entry is not; write both, or ", Quoted(account),
                          " to mean the account whatever its domain");
    case UnknownReason::kAddressOnly:
      return "the server reports an address; write its network, or let the agent resolve names";
    case UnknownReason::kNameOnly:
      return absl::StrCat("the server reports a name, whose address is not known; write ", Quoted(session.client->name),
                          " beside it if that is meant");
    case UnknownReason::kPartlyQualified:
      return absl::StrCat(Quoted(pattern.text), " may be ", Quoted(answer.host), "; write both if that is meant");
  }
  return "";
}

}  // namespace idlewarden::policy
