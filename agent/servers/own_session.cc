#include "agent/servers/own_session.h"

#include <algorithm>
#include <string>

#include "policy/model/client_name.h"

namespace idlewarden::agent {
namespace {

using policy::Session;

// The account's name alone, of DOMAIN\name, name@REALM, and DOMAIN+name or whatever else winbind may be told to
// separate them with: no account name of Windows holds one of these. Which one it is is not asked: rather is somebody
// else's session from the agent's own address taken for the agent's than the other way round.
absl::string_view Account(absl::string_view user) {
  const size_t separator = user.find_last_of("\\/+:;|=,*?<>[]\"");
  return separator != absl::string_view::npos ? user.substr(separator + 1) : policy::ParseUser(user).account;
}

bool MayBeAddress(absl::string_view client, absl::string_view address) {
  // A name may be the agent's own host: better one session too many kept than the own one closed.
  return address.empty() || !policy::ParseClientName(client).address.has_value() || policy::SameClient(client, address);
}

}  // namespace

void MarkOwnSessions(absl::string_view own_user, absl::string_view own_address, std::vector<Session>* sessions) {
  if (own_user.empty()) return;
  const auto is_account = [&](const Session& session) {
    return policy::SameUser(Account(session.user), Account(own_user));
  };
  const bool address_seen = std::any_of(sessions->begin(), sessions->end(), [&](const Session& session) {
    return is_account(session) && MayBeAddress(session.client, own_address);
  });
  for (Session& session : *sessions) {
    session.own = is_account(session) && (!address_seen || MayBeAddress(session.client, own_address));
  }
}

}  // namespace idlewarden::agent
