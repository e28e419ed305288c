// Reads the input, after a byte for the question's type, as a name server's answer. What is found must be paid for by
// input bytes; an answer is found only with something in it.

#include <cstdint>
#include <cstdlib>

#include "agent/names/dns_answer.h"
#include "agent/names/host_name.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace idlewarden::agent;  // NOLINT(google-build-using-namespace): a fuzz target's only function
  if (size == 0) return 0;
  const auto type = static_cast<DnsType>(data[0]);
  const bool is_reverse = type == DnsType::kPtr;
  const DnsQuestion question{type, is_reverse ? "5.0.77.10.in-addr.arpa" : "pc.corp.example"};
  const DnsAnswer answer = ReadDnsAnswer(question, {data + 1, size - 1});
  const size_t found = answer.names.size() + answer.addresses.size();
  const bool can_be_found = is_reverse || type == DnsType::kA || type == DnsType::kAaaa;
  if (can_be_found && (answer.kind == DnsAnswer::Kind::kFound) != (found > 0)) std::abort();
  if (found > size / 10) std::abort();
  for (const std::string& name : answer.names) {
    const std::optional<std::string> host = ParseHostName(name);
    if (host.has_value() && ParseHostName(*host) != host) std::abort();
  }
  return 0;
}
