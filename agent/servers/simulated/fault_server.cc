#include "agent/servers/simulated/fault_server.h"

namespace idlewarden::agent {

void FaultServer::Enumerate(const EnumerateRequest& request, EnumerateCallback done) {
  faults_.Enumerate(request, std::move(done), [this](const EnumerateRequest& passed, EnumerateCallback passed_done) {
    inner_->Enumerate(passed, std::move(passed_done));
  });
}

void FaultServer::Close(const CloseRequest& request, CloseCallback done) {
  faults_.Close(request, std::move(done), [this](const CloseRequest& passed, CloseCallback passed_done) {
    inner_->Close(passed, std::move(passed_done));
  });
}

}  // namespace idlewarden::agent
