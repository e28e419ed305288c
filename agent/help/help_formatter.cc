#include "agent/help/help_formatter.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace idlewarden {

HelpFormatter::HelpFormatter(std::string usage) : usage_(std::move(usage)) { column_width(32); }

std::string HelpFormatter::make_usage(const CLI::App* app, std::string name) const {
  if (!usage_.empty() && app->get_parent() == nullptr) return absl::StrCat("Usage: ", usage_, "\n");
  std::string usage = absl::StrCat("Usage: ", name.empty() ? "" : name);
  const bool has_commands =
      !app->get_subcommands([](const CLI::App* command) { return !command->get_name().empty(); }).empty();
  absl::StrAppend(&usage, has_commands ? " COMMAND" : "", " [OPTIONS]");
  for (const CLI::Option* option : app->get_options([](const CLI::Option* o) { return o->get_positional(); })) {
    const std::string word = option->get_name(true);
    absl::StrAppend(&usage, " ", option->get_required() ? word : absl::StrCat("[", word, "]"),
                    option->get_expected_max() > 1 ? "…" : "");
  }
  return absl::StrCat(usage, "\n");
}

std::string HelpFormatter::make_option_name(const CLI::Option* option, bool is_positional) const {
  if (is_positional) return option->get_name(true, false);
  std::string names;
  for (const std::string& name : option->get_snames()) absl::StrAppend(&names, names.empty() ? "" : ", ", "-", name);
  for (const std::string& name : option->get_lnames()) absl::StrAppend(&names, names.empty() ? "" : ", ", "--", name);
  return names;
}

// Only what to put there: the type's name, without the checks that CLI11 appends behind a colon.
std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
  if (option->get_type_size() == 0 || option->get_positional()) return "";
  std::string type = option->get_type_name();
  // "unix:PATH" is a name of ours; a check's name is a word in capitals before the colon.
  const size_t colon = type.find(':');
  if (colon != std::string::npos && type.compare(0, 5, "unix:") != 0) type.resize(colon);
  return type.empty() ? "" : absl::StrCat(" ", type);
}

std::string HelpFormatter::make_option_desc(const CLI::Option* option) const {
  std::string text = option->get_description();
  if (!option->get_envname().empty()) absl::StrAppend(&text, " (or in ", option->get_envname(), ")");
  if (option->get_required() && !option->get_positional()) absl::StrAppend(&text, " (required)");
  return text;
}

}  // namespace idlewarden
