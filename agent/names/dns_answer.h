// Reads a DNS server's answer (RFC 1035 section 4). The bytes come from the network: anything may be in them.
//
// c-ares has parsers of its own, but that for PTR records tells no time to live, and those for addresses refuse names
// with letters beyond ASCII and skip records in silence. Pure function.

#ifndef IDLEWARDEN_AGENT_NAMES_DNS_ANSWER_H_
#define IDLEWARDEN_AGENT_NAMES_DNS_ANSWER_H_

#include <cstdint>

#include "absl/types/span.h"
#include "agent/names/dns_client.h"

namespace idlewarden::agent {

// What a message with response code 0 answers to `question`: kFound, kNone or, where it is malformed, kFailed. Follows
// aliases within the message, in any order of records. `ttl` is the least of the records used.
DnsAnswer ReadDnsAnswer(const DnsQuestion& question, absl::Span<const uint8_t> message);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_NAMES_DNS_ANSWER_H_
