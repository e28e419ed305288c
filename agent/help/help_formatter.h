// HelpFormatter: the help texts of all programs, written as a person would write them.
//
// CLI11 by itself prints the names of its checks ("INT:INT in [1 - 65535]"), the number of values ("names(0x)") and
// which option needs which beside each option; here an option is its name and what to put there, and all else is said
// in its description.

#ifndef IDLEWARDEN_AGENT_HELP_HELP_FORMATTER_H_
#define IDLEWARDEN_AGENT_HELP_HELP_FORMATTER_H_

#include <memory>
#include <string>

#include "CLI/CLI.hpp"

namespace idlewarden {

class HelpFormatter : public CLI::Formatter {
 public:
  // `usage` replaces the usage line of the program itself, where it is not "PROGRAM [OPTIONS] …".
  explicit HelpFormatter(std::string usage = "");

  std::string make_usage(const CLI::App* app, std::string name) const override;
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_option_desc(const CLI::Option* option) const override;

 private:
  const std::string usage_;
};

}  // namespace idlewarden

#endif  // IDLEWARDEN_AGENT_HELP_HELP_FORMATTER_H_
