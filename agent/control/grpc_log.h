// What the gRPC library has to say, which is for its developers.
//
// Threads: any.

#ifndef IDLEWARDEN_AGENT_CONTROL_GRPC_LOG_H_
#define IDLEWARDEN_AGENT_CONTROL_GRPC_LOG_H_

namespace idlewarden::agent {

// From now on the library's own messages are events of level debug in this program's log instead of lines of their own
// on standard error. What went wrong is in the status of each call.
void LogGrpcMessages();

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_CONTROL_GRPC_LOG_H_
