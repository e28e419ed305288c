#include "policy/compiler/list_graph.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "policy/diagnostics/wording.h"

namespace idlewarden::policy {

namespace {

// Comparing a misspelt name with very many others is not worth its time.
constexpr size_t kMaxNamesToCompare = 1000;

}  // namespace

bool IsListReference(const ListEntry& entry) { return !entry.text.empty() && entry.text[0] == '$'; }

ListGraph::ListGraph(const std::vector<NamedList>& lists, bool whole, DiagnosticList& diagnostics)
    : lists_(lists), whole_(whole), diagnostics_(diagnostics), used_(lists.size()), visited_(lists.size()) {
  for (size_t i = 0; i < lists.size(); ++i) {
    index_.emplace(lists[i].name, i);
    names_.push_back(lists[i].name);
  }
  for (const NamedList& list : lists) includes_.push_back(Includes(list.entries));
  FindCycles();
}

std::vector<size_t> ListGraph::Includes(const EntryList& entries) {
  std::vector<size_t> included;
  for (const ListEntry& entry : entries) {
    if (!IsListReference(entry)) continue;
    const absl::string_view name = absl::string_view(entry.text).substr(1);
    const auto found = index_.find(name);
    if (found != index_.end()) {
      included.push_back(found->second);
    } else if (whole_) {
      const bool suggest = diagnostics_.keeps_errors() && names_.size() <= kMaxNamesToCompare;
      diagnostics_.Add(
          Code::kUnknownList, entry.place,
          absl::StrCat("there is no list ", Quoted(name), " under `lists`", suggest ? Suggestion(name, names_) : ""));
    }
  }
  std::sort(included.begin(), included.end());
  included.erase(std::unique(included.begin(), included.end()), included.end());
  return included;
}

// Depth first without recursion, because a file may chain any number of lists.
void ListGraph::FindCycles() {
  enum class State : uint8_t { kNew, kOpen, kDone };
  struct Step {
    size_t list;
    size_t next = 0;  // index into includes_[list]
  };
  std::vector<State> states(lists_.size(), State::kNew);
  for (size_t start = 0; start < lists_.size(); ++start) {
    if (states[start] != State::kNew) continue;
    std::vector<Step> path = {{start}};
    states[start] = State::kOpen;
    while (!path.empty()) {
      const size_t list = path.back().list;
      if (path.back().next == includes_[list].size()) {
        states[list] = State::kDone;
        path.pop_back();
        continue;
      }
      const size_t included = includes_[list][path.back().next++];
      if (states[included] == State::kOpen) {
        diagnostics_.Add(Code::kListCycle, lists_[list].place,
                         absl::StrCat("the list ", Quoted(lists_[list].name), " includes ",
                                      Quoted(lists_[included].name), ", which includes it again"));
      } else if (states[included] == State::kNew) {
        states[included] = State::kOpen;
        path.push_back({included});
      }
    }
  }
}

std::vector<size_t> ListGraph::Closure(const EntryList& entries) {
  ++walk_;
  std::vector<size_t> closure;
  const auto visit = [&](size_t list) {
    if (visited_[list] == walk_) return;
    visited_[list] = walk_;
    used_[list] = true;
    closure.push_back(list);
  };
  for (const size_t list : Includes(entries)) visit(list);
  for (size_t i = 0; i < closure.size(); ++i) {
    for (const size_t list : includes_[closure[i]]) visit(list);
  }
  const bool was_too_large = included_ > kMaxIncluded;
  included_ += closure.size();
  if (included_ > kMaxIncluded) {
    if (!was_too_large) {
      diagnostics_.Add(Code::kTooLarge, entries.front().place,
                       absl::StrCat("the lists include each other more than ", kMaxIncluded, " times up to here"));
    }
    return {};
  }
  std::sort(closure.begin(), closure.end());
  return closure;
}

}  // namespace idlewarden::policy
