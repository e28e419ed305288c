// SPDX-License-Identifier: GPL-3.0-or-later
//
// The worker's only reading of the real clock (the worker is a program of its own and may not include agent/clock).

#ifndef IDLEWARDEN_AGENT_SMB_WORKER_MONOTONIC_CLOCK_H_
#define IDLEWARDEN_AGENT_SMB_WORKER_MONOTONIC_CLOCK_H_

#include <chrono>

namespace idlewarden::smb {

// From any thread.
inline std::chrono::steady_clock::time_point MonotonicNow() { return std::chrono::steady_clock::now(); }

}  // namespace idlewarden::smb

#endif  // IDLEWARDEN_AGENT_SMB_WORKER_MONOTONIC_CLOCK_H_
