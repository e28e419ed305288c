// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/server_pool.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace idlewarden::smb {
namespace {

std::string NameOf(const ServerTarget& target) {
  return target.name.empty() ? absl::StrCat(target.address, "#", target.port) : target.name;
}

}  // namespace

ServerLink& ServerPool::LinkOf(const std::string& name) {
  std::unique_ptr<ServerLink>& link = links_[name];
  // Posted, because the link itself reports that it is idle.
  if (link == nullptr) {
    link = std::make_unique<ServerLink>(loop_, connector_, [this, name] { loop_->Post([=, this] { Forget(name); }); });
  }
  return *link;
}

ServerPool::CallHandle ServerPool::Enumerate(const ServerTarget& target, const std::string& client,
                                             const std::string& user, CallLimit limit, ServerLink::EnumerateDone done) {
  const std::string name = NameOf(target);
  return {name, LinkOf(name).Enumerate(target, client, user, std::move(limit), std::move(done))};
}

ServerPool::CallHandle ServerPool::Close(const ServerTarget& target, const std::string& client, const std::string& user,
                                         CallLimit limit, ServerLink::CloseDone done) {
  const std::string name = NameOf(target);
  return {name, LinkOf(name).Close(target, client, user, std::move(limit), std::move(done))};
}

void ServerPool::Cancel(const CallHandle& handle, const absl::Status& status) {
  const auto found = links_.find(handle.server);
  if (found != links_.end()) found->second->Cancel(handle.call, status);
}

void ServerPool::Forget(const std::string& name) {
  const auto found = links_.find(name);
  if (found != links_.end() && found->second->idle()) links_.erase(found);
}

}  // namespace idlewarden::smb
