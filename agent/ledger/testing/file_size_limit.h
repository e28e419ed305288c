// FileSizeLimit: while it lives no file may grow beyond so many bytes: writing fails as it does on a full disk, also
// for root.
//
// Threads: of the whole process.

#ifndef IDLEWARDEN_AGENT_LEDGER_TESTING_FILE_SIZE_LIMIT_H_
#define IDLEWARDEN_AGENT_LEDGER_TESTING_FILE_SIZE_LIMIT_H_

#include <sys/resource.h>

#include <csignal>

namespace idlewarden::agent {

class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LEDGER_TESTING_FILE_SIZE_LIMIT_H_
