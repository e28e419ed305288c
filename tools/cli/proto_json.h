// A proto message as one line of JSON for scripts.
//
// Unlike protobuf's own mapping every field is present (an unset optional or message is null), names are those of the
// .proto file, and 64-bit numbers are numbers, so that `jq '.sessions > 10'` works. Timestamps are RFC 3339, durations
// decimal seconds with an `s`.

#ifndef IDLEWARDEN_TOOLS_CLI_PROTO_JSON_H_
#define IDLEWARDEN_TOOLS_CLI_PROTO_JSON_H_

#include <string>

#include "google/protobuf/message.h"

namespace idlewarden::tools {

// Without a newline.
std::string MessageJson(const google::protobuf::Message& message);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_PROTO_JSON_H_
