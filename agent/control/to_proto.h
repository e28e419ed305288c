// From the loop's values to the messages of idlewarden/control/v1. Pure functions; no decisions of their own.

#ifndef IDLEWARDEN_AGENT_CONTROL_TO_PROTO_H_
#define IDLEWARDEN_AGENT_CONTROL_TO_PROTO_H_

#include <cstddef>
#include <vector>

#include "agent/ledger/exemption_records.h"
#include "agent/loop/agent_view.h"
#include "agent/loop/policy_holder.h"
#include "policy/diagnostics/diagnostic.h"
#include "policy/model/session.h"
#include "proto/idlewarden/control/v1/control.pb.h"

namespace idlewarden::agent {

control::v1::Status StatusToProto(const AgentView& view);
control::v1::Policy PolicyToProto(const PolicyView& view);
control::v1::Cycle CycleToProto(const CycleView& cycle);
control::v1::Diagnostic DiagnosticToProto(const policy::Diagnostic& diagnostic);
control::v1::Exemption ExemptionToProto(const Exemption& exemption);
Exemption ExemptionFromProto(const control::v1::Exemption& exemption);
// One row of the cycle's table with its decision.
control::v1::Session SessionToProto(const CycleView& cycle, size_t server, size_t row);
policy::Snapshot SnapshotOf(const CycleView& cycle);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_CONTROL_TO_PROTO_H_
