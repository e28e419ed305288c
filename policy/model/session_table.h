// The present sessions of all servers as columns over interned strings: what policies are evaluated on.
//
// Each distinct user and client is stored once, with its canonical form computed once. One server's rows are one
// immutable block: replacing a server's rows touches only them, and a copy of a table shares the blocks.
//
// Threads: not synchronised. Const methods may run at once; a copy may be read while the original changes.

#ifndef IDLEWARDEN_POLICY_MODEL_SESSION_TABLE_H_
#define IDLEWARDEN_POLICY_MODEL_SESSION_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "policy/model/session.h"

namespace idlewarden::policy {

class KnownHosts;
class StringPools;
struct ServerBlock;

// One server of a table. Valid as long as the table is neither changed nor destroyed.
class ServerView {
 public:
  const std::string& name() const;
  // In normal form C.
  const std::map<std::string, std::string>& labels() const;
  bool complete() const;
  CloseScope close_scope() const;
  const std::string& domain_separator() const;
  size_t size() const;
  // The row as it was given; numbers outside [0, 2^32 - 2] have become unknown.
  Session session(size_t row) const;
  // Of the row, as it was given; without the copies.
  const std::string& client(size_t row) const;
  const std::string& user(size_t row) const;
  // In the form by which they are compared: see CanonicalClient and CanonicalUser.
  const std::string& canonical_client(size_t row) const;
  const std::string& canonical_user(size_t row) const;
  // The connection that tells the row's pair from others of the same client and user: the row's own with
  // CloseScope::kConnection. nullopt with another scope, and where the row has none.
  std::optional<absl::string_view> pair_connection(size_t row) const;
  // Whether both are of one call of SetServer: the rows are the same then.
  bool SharesRowsWith(const ServerView& other) const;

  // For the evaluators and the planner.
  const ServerBlock& block() const { return *block_; }
  const StringPools& pools() const { return *pools_; }
  const KnownHosts* hosts() const { return hosts_; }  // null: none is known

 private:
  friend class SessionTable;
  ServerView(const ServerBlock* block, const StringPools* pools, const KnownHosts* hosts)
      : block_(block), pools_(pools), hosts_(hosts) {}

  const ServerBlock* block_;
  const StringPools* pools_;
  const KnownHosts* hosts_;
};

class SessionTable {
 public:
  SessionTable();
  ~SessionTable();
  SessionTable(const SessionTable& other);
  SessionTable& operator=(const SessionTable& other);
  SessionTable(SessionTable&& other) noexcept;
  SessionTable& operator=(SessionTable&& other) noexcept;

  // Adds the server, or replaces its rows. Cost: the rows of that server only (amortised: strings that are no longer
  // used are dropped from time to time, as are clients whose names have changed). The first call on a copy costs all
  // rows once.
  void SetServer(const ServerSnapshot& snapshot);
  // Replaces what is known of the addresses of hosts. Cost: that of the hosts; but where they have changed, decisions
  // on all servers are to be made anew.
  void SetHosts(const HostAddresses& hosts);
  // Marks the server's rows as stale (`complete: false`) after a failed enumeration; keeps them. No effect if absent.
  void MarkIncomplete(absl::string_view server);
  // Later servers move up by one. No effect if absent.
  void RemoveServer(absl::string_view server);

  size_t server_count() const { return servers_.size(); }
  size_t session_count() const { return session_count_; }
  // Position of a server in [0, server_count()), in order of first SetServer; nullopt if absent. Names are exact.
  std::optional<size_t> FindServer(absl::string_view name) const;
  ServerView server(size_t index) const;
  // Null: none is known.
  const KnownHosts* hosts() const { return hosts_.get(); }

 private:
  // Interns the strings in use anew, into pools of this table's own.
  void RebuildPools();

  static constexpr size_t kRebuildSlack = 65536;

  std::vector<std::shared_ptr<const ServerBlock>> servers_;
  absl::flat_hash_map<std::string, size_t> index_;
  size_t session_count_ = 0;
  std::shared_ptr<const KnownHosts> hosts_;
  std::shared_ptr<StringPools> pools_;
  bool owns_pools_ = true;  // false in a copy: it makes pools of its own before it changes anything
  size_t distinct_after_rebuild_ = 0;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_SESSION_TABLE_H_
