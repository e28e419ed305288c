// Any text as a snapshot file; what can be read must be written and read back equal.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "policy/snapshot/snapshot_reader.h"
#include "policy/snapshot/snapshot_writer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using idlewarden::policy::ReadSnapshots;
  using idlewarden::policy::WriteSnapshot;
  const auto snapshots = ReadSnapshots({reinterpret_cast<const char*>(data), size});
  if (!snapshots.ok()) return 0;
  for (const auto& snapshot : *snapshots) {
    const std::string text = WriteSnapshot(snapshot);
    const auto again = ReadSnapshots(text);
    if (!again.ok() || again->size() != 1 || WriteSnapshot(again->front()) != text) std::abort();
  }
  return 0;
}
