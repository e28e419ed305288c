#include "tools/cli/proto_json.h"

#include "google/protobuf/descriptor.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/time_util.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

namespace idlewarden::tools {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::util::TimeUtil;
using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

void WriteMessage(const Message& message, JsonWriter& json);

void WriteString(const std::string& text, JsonWriter& json) {
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

// One value of a field; `index` -1 for a field that is not repeated.
void WriteValue(const Message& message, const FieldDescriptor* field, int index, JsonWriter& json) {
  const Reflection& read = *message.GetReflection();
  const bool repeated = index >= 0;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return void(json.Int(repeated ? read.GetRepeatedInt32(message, field, index) : read.GetInt32(message, field)));
    case FieldDescriptor::CPPTYPE_INT64:
      return void(json.Int64(repeated ? read.GetRepeatedInt64(message, field, index) : read.GetInt64(message, field)));
    case FieldDescriptor::CPPTYPE_UINT32:
      return void(json.Uint(repeated ? read.GetRepeatedUInt32(message, field, index) : read.GetUInt32(message, field)));
    case FieldDescriptor::CPPTYPE_UINT64:
      return void(
          json.Uint64(repeated ? read.GetRepeatedUInt64(message, field, index) : read.GetUInt64(message, field)));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return void(
          json.Double(repeated ? read.GetRepeatedDouble(message, field, index) : read.GetDouble(message, field)));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return void(json.Double(repeated ? read.GetRepeatedFloat(message, field, index) : read.GetFloat(message, field)));
    case FieldDescriptor::CPPTYPE_BOOL:
      return void(json.Bool(repeated ? read.GetRepeatedBool(message, field, index) : read.GetBool(message, field)));
    case FieldDescriptor::CPPTYPE_ENUM:
      return WriteString(
          std::string((repeated ? read.GetRepeatedEnum(message, field, index) : read.GetEnum(message, field))->name()),
          json);
    case FieldDescriptor::CPPTYPE_STRING:
      return WriteString(repeated ? read.GetRepeatedString(message, field, index) : read.GetString(message, field),
                         json);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return WriteMessage(repeated ? read.GetRepeatedMessage(message, field, index) : read.GetMessage(message, field),
                          json);
  }
}

// {"key": value, …}; keys of our messages are strings.
void WriteMap(const Message& message, const FieldDescriptor* field, JsonWriter& json) {
  const Reflection& read = *message.GetReflection();
  json.StartObject();
  for (int i = 0; i < read.FieldSize(message, field); ++i) {
    const Message& entry = read.GetRepeatedMessage(message, field, i);
    const std::string key = entry.GetReflection()->GetString(entry, entry.GetDescriptor()->map_key());
    json.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
    WriteValue(entry, entry.GetDescriptor()->map_value(), -1, json);
  }
  json.EndObject();
}

void WriteField(const Message& message, const FieldDescriptor* field, JsonWriter& json) {
  const Reflection& read = *message.GetReflection();
  if (field->is_map()) return WriteMap(message, field, json);
  if (field->is_repeated()) {
    json.StartArray();
    for (int i = 0; i < read.FieldSize(message, field); ++i) WriteValue(message, field, i, json);
    json.EndArray();
    return;
  }
  if (field->has_presence() && !read.HasField(message, field)) return void(json.Null());
  WriteValue(message, field, -1, json);
}

void WriteMessage(const Message& message, JsonWriter& json) {
  if (const auto* time = dynamic_cast<const google::protobuf::Timestamp*>(&message)) {
    return WriteString(TimeUtil::ToString(*time), json);
  }
  if (const auto* duration = dynamic_cast<const google::protobuf::Duration*>(&message)) {
    return WriteString(TimeUtil::ToString(*duration), json);
  }
  json.StartObject();
  const google::protobuf::Descriptor* type = message.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const std::string name(type->field(i)->name());
    json.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    WriteField(message, type->field(i), json);
  }
  json.EndObject();
}

}  // namespace

std::string MessageJson(const Message& message) {
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  WriteMessage(message, json);
  return std::string(buffer.GetString(), buffer.GetSize());
}

}  // namespace idlewarden::tools
