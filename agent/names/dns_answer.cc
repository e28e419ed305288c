#include "agent/names/dns_answer.h"

#include <ares.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace idlewarden::agent {

namespace {

using policy::IpAddress;

constexpr size_t kHeaderSize = 12;  // RFC 1035 section 4.1.1
constexpr int kClassIn = 1;
constexpr int kTypeCname = 5;
constexpr int kMostAliases = 16;
constexpr uint32_t kLongestTtl = 0x7fffffff;  // what is above counts as 0: RFC 2181 section 8

struct Record {
  std::string owner;
  int type = 0;
  absl::Duration ttl;
  std::string name;                  // of CNAME and PTR
  std::optional<IpAddress> address;  // of A and AAAA
};

// ares_expand_name writes bytes beyond ASCII as \DDD and a special character as \C. The former become bytes again; the
// latter, and control characters, keep their backslash, which no host name has.
std::string Unescape(absl::string_view text) {
  std::string name;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      name += text[i];
      continue;
    }
    int byte = 0;
    if (absl::SimpleAtoi(text.substr(i + 1, 3), &byte) && byte >= 0x80) {
      name += static_cast<char>(byte);
      i += 3;
    } else {
      absl::StrAppend(&name, text.substr(i, 2));
      ++i;
    }
  }
  return name;
}

// Reads a message from front to back. Once anything did not fit, `ok` is false and all else is 0 or empty.
class Reader {
 public:
  explicit Reader(absl::Span<const uint8_t> message) : message_(message) {}

  bool ok() const { return ok_; }
  size_t position() const { return position_; }

  void Skip(size_t count) { Take(count); }
  uint32_t Number(size_t bytes) {
    uint32_t number = 0;
    for (const uint8_t byte : Take(bytes)) number = number << 8 | byte;
    return number;
  }
  absl::Span<const uint8_t> Take(size_t count) {
    if (!ok_ || count > message_.size() - position_) {
      ok_ = false;
      return {};
    }
    position_ += count;
    return message_.subspan(position_ - count, count);
  }
  std::string Name() {
    char* text = nullptr;
    long size = 0;
    // ares_expand_name checks pointers, loops and the end of the message.
    ok_ = ok_ && position_ < message_.size() &&
          ares_expand_name(message_.data() + position_, message_.data(), static_cast<int>(message_.size()), &text,
                           &size) == ARES_SUCCESS;
    if (!ok_) return "";
    std::string name = Unescape(text);
    ares_free_string(text);
    Skip(static_cast<size_t>(size));
    return name;
  }

 private:
  const absl::Span<const uint8_t> message_;
  size_t position_ = 0;
  bool ok_ = true;
};

// By way of the text, which makes an IPv4 address of an IPv4-mapped one, as everywhere.
std::optional<IpAddress> AddressOf(absl::Span<const uint8_t> bytes) {
  IpAddress address;
  address.is_v6 = bytes.size() == 16;
  std::copy(bytes.begin(), bytes.end(), address.bytes.begin());
  return IpAddress::Parse(address.ToString());
}

// nullopt where the record is malformed.
std::optional<Record> ReadRecord(Reader& reader) {
  Record record{.owner = reader.Name()};
  record.type = static_cast<int>(reader.Number(2));
  const bool is_internet = reader.Number(2) == kClassIn;
  const uint32_t ttl = reader.Number(4);
  record.ttl = absl::Seconds(ttl > kLongestTtl ? 0 : ttl);
  const size_t size = reader.Number(2);
  const size_t end = reader.position() + size;
  const bool is_address =
      record.type == static_cast<int>(DnsType::kA) || record.type == static_cast<int>(DnsType::kAaaa);
  if (!is_internet) {
    record.type = 0;
    reader.Skip(size);
  } else if (is_address) {
    if (size != (record.type == static_cast<int>(DnsType::kA) ? 4u : 16u)) return std::nullopt;
    const absl::Span<const uint8_t> bytes = reader.Take(size);
    if (reader.ok()) record.address = AddressOf(bytes);
  } else if (record.type == kTypeCname || record.type == static_cast<int>(DnsType::kPtr)) {
    record.name = reader.Name();
  } else {
    reader.Skip(size);
  }
  if (!reader.ok() || reader.position() != end) return std::nullopt;
  return record;
}

// The answer section; nullopt where anything is malformed: what is left out could be what matters.
std::optional<std::vector<Record>> ReadRecords(absl::Span<const uint8_t> message) {
  Reader reader(message);
  reader.Skip(4);  // id, flags
  const uint32_t questions = reader.Number(2);
  const uint32_t answers = reader.Number(2);
  reader.Skip(kHeaderSize - 8);
  for (uint32_t i = 0; i < questions && reader.ok(); ++i) {
    reader.Name();
    reader.Skip(4);  // type, class
  }
  std::vector<Record> records;
  for (uint32_t i = 0; i < answers && reader.ok(); ++i) {
    std::optional<Record> record = ReadRecord(reader);
    if (!record.has_value()) return std::nullopt;
    records.push_back(*std::move(record));
  }
  if (!reader.ok()) return std::nullopt;
  return records;
}

// Adds what `records` hold for the question's type at `owner`.
void Collect(const std::vector<Record>& records, DnsType type, absl::string_view owner, DnsAnswer& answer) {
  for (const Record& record : records) {
    if (record.type != static_cast<int>(type) || !absl::EqualsIgnoreCase(record.owner, owner)) continue;
    if (type == DnsType::kPtr) answer.names.push_back(record.name);
    if (record.address.has_value()) answer.addresses.push_back(*record.address);
    answer.ttl = std::min(answer.ttl, record.ttl);
    answer.kind = DnsAnswer::Kind::kFound;
  }
}

}  // namespace

DnsAnswer ReadDnsAnswer(const DnsQuestion& question, absl::Span<const uint8_t> message) {
  const std::optional<std::vector<Record>> records = ReadRecords(message);
  if (!records.has_value()) return {.kind = DnsAnswer::Kind::kFailed};
  DnsAnswer answer{.kind = DnsAnswer::Kind::kNone};
  std::string owner = question.name;
  for (int step = 0; step <= kMostAliases; ++step) {
    Collect(*records, question.type, owner, answer);
    if (answer.kind == DnsAnswer::Kind::kFound) return answer;
    const auto alias = std::find_if(records->begin(), records->end(), [&](const Record& record) {
      return record.type == kTypeCname && absl::EqualsIgnoreCase(record.owner, owner);
    });
    if (alias == records->end()) return answer;
    owner = alias->name;
    answer.ttl = std::min(answer.ttl, alias->ttl);
  }
  return {.kind = DnsAnswer::Kind::kFailed};  // aliases in a circle
}

}  // namespace idlewarden::agent
