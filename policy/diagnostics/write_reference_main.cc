// Prints docs/diagnostics.md.

#include <cstdio>

#include "policy/diagnostics/reference.h"

int main() {
  const std::string page = idlewarden::policy::DiagnosticsReference();
  return std::fwrite(page.data(), 1, page.size(), stdout) == page.size() ? 0 : 1;
}
