#include "policy/reader/read_lists.h"

#include <array>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "policy/diagnostics/wording.h"
#include "policy/model/fold_case.h"
#include "policy/reader/node_reader.h"
#include "policy/reader/read_conditions.h"
#include "policy/reader/source_text.h"

namespace idlewarden::policy {
namespace {

constexpr std::array<absl::string_view, 1> kFileKeys = {"file"};
constexpr size_t kMaxBytesOfAllFiles = 4 * YamlTree::kMaxBytes;

// A name can have a `#` in it, and then another one would be protected or closed than was meant.
void AddCommentInEntry(const ListEntry& entry, DiagnosticList& diagnostics) {
  diagnostics.Add(Code::kCommentInEntry, entry.place,
                  absl::StrCat("# starts a comment, so the entry is ", Quoted(entry.text),
                               "; put a blank before the comment, or write an entry that has a # into the policy"));
}

// The file's name as it was found, which need not be as the policy writes it.
std::string ResolvedName(const std::string& path, const std::string& folder) {
  if (folder.empty() || folder == "." || absl::StartsWith(path, "/")) return path;
  return absl::StrCat(folder, absl::EndsWith(folder, "/") ? "" : "/", path);
}

class FileLists {
 public:
  FileLists(const ListFiles& files, DiagnosticList& diagnostics) : files_(files), diagnostics_(diagnostics) {}

  // The entries of the file that `node` names.
  EntryList Read(const YamlNode& node) {
    const MapReader map(node, "a list from a file", kFileKeys, diagnostics_);
    const YamlNode* path_node = map.Require("file");
    if (path_node == nullptr) return {};
    const std::optional<std::string> path = ReadText(*path_node, "`file`", diagnostics_);
    if (!path.has_value()) return {};
    const auto known = read_files_.find(*path);
    if (known != read_files_.end()) return known->second;
    EntryList entries = Load(*path, path_node->place);
    read_files_.emplace(*path, entries);
    return entries;
  }

 private:
  EntryList Load(const std::string& path, const Place& place) {
    if (files_.read == nullptr) return Refuse(path, place, "list files cannot be read here");
    const absl::StatusOr<std::string> text = files_.read(path);
    if (!text.ok()) return Refuse(path, place, std::string(text.status().message()));
    bytes_ += text->size();
    if (text->size() > YamlTree::kMaxBytes || bytes_ > kMaxBytesOfAllFiles) {
      return Refuse(path, place, "it is too large (16 MiB a file, 64 MiB all together)");
    }
    if (FindInvalidUtf8(*text) != absl::string_view::npos || absl::StrContains(*text, absl::string_view("\0", 1))) {
      return Refuse(path, place, "it is not UTF-8 text");
    }
    EntryList entries =
        ParseListFile(NormaliseLines(*text), diagnostics_.AddFile(ResolvedName(path, files_.folder)), diagnostics_);
    if (entries.empty()) {
      diagnostics_.Add(Code::kEmptyList, place,
                       absl::StrCat(Named(path),
                                    " has no entries; a list that is to match nobody "
                                    "needs an entry that names nobody"));
    }
    return entries;
  }

  EntryList Refuse(const std::string& path, const Place& place, const std::string& why) {
    diagnostics_.Add(
        Code::kListFile, place,
        absl::StrCat(Named(path), " cannot be used: ", why, "; without it a protection could be missing its entries"));
    return {};
  }

  // As written and, where that is another, as found.
  std::string Named(const std::string& path) const {
    const std::string found = ResolvedName(path, files_.folder);
    return absl::StrCat("the list file ", Quoted(path), found == path ? "" : absl::StrCat(" (", found, ")"));
  }

  const ListFiles& files_;
  DiagnosticList& diagnostics_;
  absl::flat_hash_map<std::string, EntryList> read_files_;
  size_t bytes_ = 0;
};

}  // namespace

EntryList ParseListFile(absl::string_view text, uint32_t file, DiagnosticList& diagnostics) {
  EntryList entries;
  uint32_t line_number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++line_number;
    const absl::string_view before = line.substr(0, line.find('#'));
    const absl::string_view entry = absl::StripAsciiWhitespace(before);
    if (entry.empty()) continue;
    const auto column = static_cast<uint32_t>(entry.data() - line.data()) + 1;
    entries.push_back({std::string(entry), {file, line_number, column}});
    const bool touches = before.size() < line.size() && !absl::ascii_isspace(before.back());
    if (touches) AddCommentInEntry(entries.back(), diagnostics);
  }
  return entries;
}

std::vector<NamedList> ReadLists(const YamlNode& node, const ListFiles& list_files, DiagnosticList& diagnostics) {
  std::vector<NamedList> lists;
  std::vector<MapEntry> entries;
  if (!ReadMapEntries(node, "`lists`", diagnostics, entries)) return lists;
  FileLists files(list_files, diagnostics);
  for (const MapEntry& entry : entries) {
    NamedList list;
    list.place = entry.key->place;
    list.entries = entry.value->kind == YamlNode::Kind::kMap
                       ? files.Read(*entry.value)
                       : ReadEntryList(*entry.value, absl::StrCat("the list ", Quoted(entry.key->text)), diagnostics);
    if (const auto name = ReadName(*entry.key, "the list's name", diagnostics)) {
      list.name = *name;
      lists.push_back(std::move(list));
    }
  }
  return lists;
}

}  // namespace idlewarden::policy
