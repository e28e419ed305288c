// main() of the replay tests of cc_fuzz_test: feeds every file below the given corpus folder to the fuzz target once.
// A finding is a crash, a sanitizer's report or a failed check inside the target. An empty corpus fails, so that a
// renamed folder cannot turn the test into one that checks nothing.

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  int replayed = 0;
  for (int i = 1; i < argc; ++i) {
    std::filesystem::path folder(argv[i]);
    if (!std::filesystem::is_directory(folder)) {
      std::cerr << folder << " is not a folder\n";
      return EXIT_FAILURE;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      std::cerr << entry.path().string() << '\n';  // the last line names the input that crashed
      std::ifstream file(entry.path(), std::ios::binary);
      std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
      LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
      ++replayed;
    }
  }
  std::cerr << replayed << " inputs replayed\n";
  return replayed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
