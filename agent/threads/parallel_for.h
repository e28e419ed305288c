// Spreads the tasks of one large computation over threads that live only for as long as it takes.
//
// The caller waits, so the computation stays a plain call of its own thread. May be called from any thread.

#ifndef IDLEWARDEN_AGENT_THREADS_PARALLEL_FOR_H_
#define IDLEWARDEN_AGENT_THREADS_PARALLEL_FOR_H_

#include <cstddef>
#include <functional>

namespace idlewarden::agent {

// How many threads can really run at once; at least 1.
size_t CoreCount();

// Calls task(0) … task(count - 1), each once, on at most `threads` threads, this one among them; returns when all calls
// have. Tasks must not throw. A system that gives no more threads makes it slower, not wrong.
void ParallelFor(size_t threads, size_t count, const std::function<void(size_t)>& task);

// ParallelFor on all cores, for work on that many sessions; null where threads would cost more than they save.
std::function<void(size_t count, const std::function<void(size_t)>& task)> ForEachOnAllCores(size_t sessions);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_THREADS_PARALLEL_FOR_H_
