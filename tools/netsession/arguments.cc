#include "tools/netsession/arguments.h"

#include <cstddef>
#include <memory>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "agent/help/help_formatter.h"
#include "agent/version/version.h"

namespace idlewarden::tools {
namespace {

constexpr char kAbout[] = "Ends the sessions of a user from a client computer on an SMB server (NetSessionDel).";
constexpr char kUsage[] = "netsessiondel [\\\\ServerName] [\\\\ClientName] [UserName] [OPTIONS]";
constexpr char kFooter[] =
    "Names of servers and clients begin with backslashes; a shell may eat one of them, so one is enough. Without a\n"
    "server name, the local host is meant.\n\n"
    "Example, one pair:\n"
    "  netsessiondel '\\\\fs01' '\\\\10.20.0.5' alice --credentials-file fs01.yaml\n"
    "All sessions of alice on fs01, whatever the client:\n"
    "  netsessiondel '\\\\fs01' alice --all-clients --credentials-file fs01.yaml\n\n"
    "On a Samba server this disconnects the client, including its other users.\n\n"
    "Exit status: 0 the sessions were ended, 1 they were not, 2 wrong usage.";
constexpr int kWrongUsage = 2;

bool IsUnc(const std::string& word) { return !word.empty() && (word[0] == '\\' || word[0] == '/'); }

std::string WithoutSlashes(const std::string& word) {
  const size_t start = word.find_first_not_of("\\/");
  return start == std::string::npos ? "" : word.substr(start);
}

absl::Status Wrong(absl::string_view text) { return absl::InvalidArgumentError(text); }

absl::Status CheckWildcard(const std::string& name, bool all, absl::string_view what) {
  if (name.empty() && !all) return Wrong(absl::StrCat("no ", what, " is given: for all of them add --all-", what, "s"));
  if (!name.empty() && all) return Wrong(absl::StrCat("a ", what, " and --all-", what, "s contradict each other"));
  return absl::OkStatus();
}

absl::Status SortWords(const std::vector<std::string>& words, DeleteArguments* arguments) {
  std::vector<std::string> computers;
  for (size_t i = 0; i < words.size(); ++i) {
    // With all three given, their places say enough.
    const bool computer = IsUnc(words[i]) || (words.size() == 3 && i < 2);
    if (computer && !arguments->user.empty()) return Wrong("the user comes last");
    if (!computer && !arguments->user.empty()) return Wrong("write \\\\ before the names of server and client");
    (computer ? computers.emplace_back() : arguments->user) = computer ? WithoutSlashes(words[i]) : words[i];
  }
  if (computers.size() > 2) return Wrong("more than a server and a client");
  if (!computers.empty() && !computers[0].empty()) arguments->server = computers[0];
  if (computers.size() == 2) arguments->client = computers[1];
  return absl::OkStatus();
}

void AddOptions(CLI::App& app, std::vector<std::string>& words, DeleteArguments* arguments) {
  app.add_option("names", words, "\\\\ServerName, \\\\ClientName, UserName")->type_name("NAME")->expected(0, 3);
  app.add_flag("--all-clients", arguments->all_clients, "end the user's sessions from every client");
  app.add_flag("--all-users", arguments->all_users, "end every user's sessions from the client");
  app.add_option("--credentials-file", arguments->credentials_file,
                 "YAML: user, and password, password_file or kerberos_cache (default: $KRB5CCNAME)")
      ->type_name("FILE");
  app.add_option("--port", arguments->port, "TCP port of the server (default: 445)")
      ->type_name("PORT")
      ->check(CLI::Range(1, 65535));
  const auto protection = CLI::IsMember({"off", "desired", "required"});
  app.add_option("--signing", arguments->signing, "SMB signing: off, desired or required (default: required)")
      ->type_name("WORD")
      ->check(protection);
  app.add_option("--encryption", arguments->encryption, "SMB encryption: off, desired or required (default: desired)")
      ->type_name("WORD")
      ->check(protection);
  app.add_option("--timeout", arguments->timeout_seconds, "how long to wait for each call (default: 10)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 100.0));
  app.add_option("--smb-worker", arguments->smb_worker,
                 "path of idlewarden-smb-worker (default: beside this program, else in PATH)")
      ->type_name("FILE");
  app.add_flag("-v,--verbose", arguments->verbose, "log what the program does");
}

}  // namespace

absl::Status AssignNames(const std::vector<std::string>& words, DeleteArguments* arguments) {
  absl::Status status = SortWords(words, arguments);
  status.Update(CheckWildcard(arguments->client, arguments->all_clients, "client"));
  status.Update(CheckWildcard(arguments->user, arguments->all_users, "user"));
  return status;
}

std::optional<int> ReadArguments(const std::vector<std::string>& command_line, DeleteArguments* arguments,
                                 std::ostream& out, std::ostream& err) {
  CLI::App app(kAbout, "netsessiondel");
  app.formatter(std::make_shared<HelpFormatter>(kUsage));
  app.set_help_flag("-h,--help", "print this help");
  app.set_version_flag("--version", absl::StrCat("netsessiondel ", kVersion), "print the version");
  app.footer(kFooter);
  std::vector<std::string> words;
  AddOptions(app, words, arguments);
  if (command_line.empty()) {
    err << app.help();
    return kWrongUsage;
  }
  try {
    app.parse(std::vector<std::string>(command_line.rbegin(), command_line.rend()));
  } catch (const CLI::ParseError& error) {
    return app.exit(error, out, err) == 0 ? 0 : kWrongUsage;
  }
  const absl::Status status = AssignNames(words, arguments);
  if (status.ok()) return std::nullopt;
  err << "netsessiondel: " << std::string(status.message()) << "\nRun netsessiondel --help for the usage.\n";
  return kWrongUsage;
}

}  // namespace idlewarden::tools
