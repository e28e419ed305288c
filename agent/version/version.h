// The one place that says which version this is: `--version` of every program, the control plane's status and the
// metric idlewarden_build_info read it.

#ifndef IDLEWARDEN_AGENT_VERSION_VERSION_H_
#define IDLEWARDEN_AGENT_VERSION_VERSION_H_

namespace idlewarden {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace idlewarden

#endif  // IDLEWARDEN_AGENT_VERSION_VERSION_H_
