// Finds which of many globs match a text without trying each: literal ones by hash, the others by the literal text that
// they begin or end with.
//
// Built once, then const: may be shared between threads.

#ifndef IDLEWARDEN_POLICY_MATCHER_GLOB_INDEX_H_
#define IDLEWARDEN_POLICY_MATCHER_GLOB_INDEX_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace idlewarden::policy {

class GlobIndex {
 public:
  // `tag` is what Find gives for texts that the glob covers; many globs may have one tag.
  void Add(absl::string_view folded_glob, uint32_t tag);

  // Calls found(tag) for each glob that covers the text, in no order; a tag may come more than once.
  void Find(absl::string_view folded_text, absl::FunctionRef<void(uint32_t tag)> found) const;
  // The same for the globs without `*` and `?` that are the text, and for the globs that are just `*`.
  void FindLiteral(absl::string_view folded_text, absl::FunctionRef<void(uint32_t tag)> found) const;
  void FindEverything(absl::FunctionRef<void(uint32_t tag)> found) const;

  bool empty() const { return empty_; }

 private:
  struct Glob {
    std::string text;
    uint32_t tag;
  };
  // Globs that have one literal end.
  struct WithEnd {
    std::vector<uint32_t> covering;  // of the globs that are this end and a `*`
    std::vector<Glob> others;
  };
  // Globs by a literal end of theirs, and which lengths such ends have.
  struct ByEnd {
    absl::flat_hash_map<std::string, WithEnd> globs;
    std::vector<size_t> lengths;  // ascending

    void Add(absl::string_view end, Glob glob);
  };

  absl::flat_hash_map<std::string, absl::InlinedVector<uint32_t, 2>> literals_;
  ByEnd by_prefix_;
  ByEnd by_suffix_;
  std::vector<Glob> others_;
  std::vector<uint32_t> everything_;  // "*"
  bool empty_ = true;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MATCHER_GLOB_INDEX_H_
