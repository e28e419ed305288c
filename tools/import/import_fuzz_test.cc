// Whatever the text, an importer ends, and what it accepts is a snapshot that can be read.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "policy/snapshot/snapshot_reader.h"
#include "policy/snapshot/snapshot_writer.h"
#include "tools/import/import.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace idlewarden::tools;
  const auto text = DecodeText(absl::string_view(reinterpret_cast<const char*>(data), size));
  if (!text.ok()) return 0;
  for (const auto import : {&ImportGetSmbSession, &ImportSmbstatus, &ImportNetSession}) {
    const auto imported = import(*text, {.server = "", .taken_at = std::nullopt, .now = absl::UnixEpoch()});
    if (imported.ok() &&
        !idlewarden::policy::ReadSnapshots(idlewarden::policy::WriteSnapshot(imported->snapshot)).ok()) {
      std::abort();
    }
  }
  return 0;
}
