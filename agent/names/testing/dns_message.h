// DNS messages as tests write and read them (RFC 1035 section 4). Pure.

#ifndef IDLEWARDEN_AGENT_NAMES_TESTING_DNS_MESSAGE_H_
#define IDLEWARDEN_AGENT_NAMES_TESTING_DNS_MESSAGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "agent/names/dns_client.h"

namespace idlewarden::agent {

inline constexpr int kTypeCname = 5;

// "a.b" as labels; a label holds any bytes but a dot.
std::string EncodeName(absl::string_view name);
std::string EncodeNumber(uint32_t number, size_t bytes);

// Any record: its owner is a name as EncodeName gives it, or a pointer to one.
std::string EncodeRecord(absl::string_view encoded_owner, int type, uint32_t ttl, absl::string_view data,
                         int record_class = 1);

// An answer to `question` with the response code and these records.
std::string EncodeAnswer(const DnsQuestion& question, int response_code, const std::vector<std::string>& records,
                         uint16_t id = 0);

// The question of a query as a client sent it.
DnsQuestion DecodeQuestion(absl::string_view query);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_NAMES_TESTING_DNS_MESSAGE_H_
