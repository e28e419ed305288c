// The present sessions of all servers as columns over interned strings: what policies are evaluated on.
//
// Each distinct user and client is stored once, with its canonical form computed once. One server's rows are one
// immutable block: replacing a server's rows touches only them, and a copy of a table shares the blocks.
//
// Threads: not synchronised. Const methods may run at once; a copy may be read while the original changes.

#ifndef IDLEWARDEN_POLICY_MODEL_SESSION_TABLE_H_
#define IDLEWARDEN_POLICY_MODEL_SESSION_TABLE_H_
// API SKETCH, the policy core's owner completes it:
//
//   class SessionTable {
//    public:
//     // Adds the server, or replaces its rows. Cost: the rows of that server only.
//     void SetServer(const ServerSnapshot& snapshot);
//     // Marks the server's rows as stale (`complete: false`) after a failed enumeration; keeps them.
//     void MarkIncomplete(absl::string_view server);
//     void RemoveServer(absl::string_view server);
//     size_t server_count() const;  size_t session_count() const;
//     // Position of a server in [0, server_count()), in order of first SetServer; nullopt if absent.
//     std::optional<size_t> FindServer(absl::string_view name) const;
//     ServerView server(size_t index) const;   // name, labels, complete, close_scope, size(), session(row) -> Session
//   };
#endif  // IDLEWARDEN_POLICY_MODEL_SESSION_TABLE_H_
