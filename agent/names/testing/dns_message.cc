#include "agent/names/testing/dns_message.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace idlewarden::agent {

std::string EncodeNumber(uint32_t number, size_t bytes) {
  std::string text;
  for (size_t i = bytes; i-- > 0;) text += static_cast<char>(number >> (8 * i));
  return text;
}

std::string EncodeName(absl::string_view name) {
  std::string encoded;
  for (const absl::string_view label : absl::StrSplit(name, '.')) {
    absl::StrAppend(&encoded, EncodeNumber(static_cast<uint32_t>(label.size()), 1), label);
  }
  return encoded + '\0';
}

std::string EncodeRecord(absl::string_view encoded_owner, int type, uint32_t ttl, absl::string_view data,
                         int record_class) {
  return absl::StrCat(encoded_owner, EncodeNumber(static_cast<uint32_t>(type), 2),
                      EncodeNumber(static_cast<uint32_t>(record_class), 2), EncodeNumber(ttl, 4),
                      EncodeNumber(static_cast<uint32_t>(data.size()), 2), data);
}

std::string EncodeAnswer(const DnsQuestion& question, int response_code, const std::vector<std::string>& records,
                         uint16_t id) {
  constexpr uint32_t kAnswerToRecursiveQuery = 0x8180;
  return absl::StrCat(EncodeNumber(id, 2),
                      EncodeNumber(kAnswerToRecursiveQuery | static_cast<uint32_t>(response_code), 2),
                      EncodeNumber(1, 2), EncodeNumber(static_cast<uint32_t>(records.size()), 2), EncodeNumber(0, 4),
                      EncodeName(question.name), EncodeNumber(static_cast<uint32_t>(question.type), 2),
                      EncodeNumber(1, 2), absl::StrJoin(records, ""));
}

DnsQuestion DecodeQuestion(absl::string_view query) {
  constexpr size_t kHeaderSize = 12;
  std::vector<std::string> labels;
  size_t at = kHeaderSize;
  while (at < query.size() && query[at] != '\0') {
    const size_t size = static_cast<unsigned char>(query[at]);
    labels.emplace_back(query.substr(at + 1, size));
    at += 1 + size;
  }
  const int type = at + 2 < query.size() ? static_cast<unsigned char>(query[at + 2]) : 0;
  return {static_cast<DnsType>(type), absl::StrJoin(labels, ".")};
}

}  // namespace idlewarden::agent
