#include "agent/threads/parallel_for.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

namespace idlewarden::agent {

// The cores that this process may use, which can be fewer than the machine has.
size_t CoreCount() {
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
  return static_cast<size_t>(std::max(1, CPU_COUNT(&cores)));
}

void ParallelFor(size_t threads, size_t count, const std::function<void(size_t)>& task) {
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < count; i = next++) task(i);
  };
  std::vector<std::thread> others;
  try {
    while (others.size() + 1 < std::min(threads, count)) others.emplace_back(work);
  } catch (const std::system_error&) {  // no more threads: those that there are do all of it
  }
  work();
  for (std::thread& other : others) other.join();
}

std::function<void(size_t, const std::function<void(size_t)>&)> ForEachOnAllCores(size_t sessions) {
  // About 5 ms of evaluation; a thread costs some 50 µs.
  constexpr size_t kWorthIt = 50'000;
  if (sessions < kWorthIt || CoreCount() == 1) return nullptr;
  return [](size_t count, const std::function<void(size_t)>& task) { ParallelFor(CoreCount(), count, task); };
}

}  // namespace idlewarden::agent
