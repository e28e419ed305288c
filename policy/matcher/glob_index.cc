#include "policy/matcher/glob_index.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "policy/model/glob.h"

namespace idlewarden::policy {

void GlobIndex::ByEnd::Add(absl::string_view end, Glob glob) {
  WithEnd& with_end = globs[end];
  if (glob.text.size() == end.size() + 1 && absl::StrContains(glob.text, '*')) {
    with_end.covering.push_back(glob.tag);
  } else {
    with_end.others.push_back(std::move(glob));
  }
  const auto place = std::lower_bound(lengths.begin(), lengths.end(), end.size());
  if (place == lengths.end() || *place != end.size()) lengths.insert(place, end.size());
}

void GlobIndex::Add(absl::string_view glob, uint32_t tag) {
  empty_ = false;
  const size_t first = glob.find_first_of("*?");
  if (first == absl::string_view::npos) {
    literals_[glob].push_back(tag);
    return;
  }
  const absl::string_view suffix = glob.substr(glob.find_last_of("*?") + 1);
  if (glob == "*") {
    everything_.push_back(tag);
  } else if (first > 0) {
    by_prefix_.Add(glob.substr(0, first), {std::string(glob), tag});
  } else if (!suffix.empty()) {
    by_suffix_.Add(suffix, {std::string(glob), tag});
  } else {
    others_.push_back({std::string(glob), tag});
  }
}

void GlobIndex::Find(absl::string_view text, absl::FunctionRef<void(uint32_t)> found) const {
  const auto try_all = [&](const std::vector<Glob>& globs) {
    for (const Glob& glob : globs) {
      if (GlobMatchesFolded(glob.text, text)) found(glob.tag);
    }
  };
  const auto try_end = [&](const ByEnd& by_end, absl::string_view end) {
    const auto globs = by_end.globs.find(end);
    if (globs == by_end.globs.end()) return;
    for (const uint32_t tag : globs->second.covering) found(tag);
    try_all(globs->second.others);
  };
  FindLiteral(text, found);
  for (const size_t length : by_prefix_.lengths) {
    if (length > text.size()) break;
    try_end(by_prefix_, text.substr(0, length));
  }
  for (const size_t length : by_suffix_.lengths) {
    if (length > text.size()) break;
    try_end(by_suffix_, text.substr(text.size() - length));
  }
  try_all(others_);
  FindEverything(found);
}

void GlobIndex::FindLiteral(absl::string_view text, absl::FunctionRef<void(uint32_t)> found) const {
  const auto literal = literals_.find(text);
  if (literal == literals_.end()) return;
  for (const uint32_t tag : literal->second) found(tag);
}

void GlobIndex::FindEverything(absl::FunctionRef<void(uint32_t)> found) const {
  for (const uint32_t tag : everything_) found(tag);
}

}  // namespace idlewarden::policy
