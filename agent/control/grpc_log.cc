#include "agent/control/grpc_log.h"

#include "agent/log/log.h"
#include "grpc/support/log.h"

namespace idlewarden::agent {

void LogGrpcMessages() {
  gpr_set_log_function([](gpr_log_func_args* message) {
    Log(LogLevel::kDebug, "grpc",
        {{"severity", gpr_log_severity_string(message->severity)}, {"message", message->message}});
  });
}

}  // namespace idlewarden::agent
