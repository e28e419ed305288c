#include "tools/cli/app.h"

#include <algorithm>
#include <functional>
#include <memory>

#include "CLI/CLI.hpp"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "agent/help/help_formatter.h"
#include "agent/version/version.h"
#include "tools/cli/agent_commands.h"
#include "tools/cli/audit_command.h"
#include "tools/cli/check_command.h"
#include "tools/cli/control_client.h"
#include "tools/cli/diff_command.h"
#include "tools/cli/dump_command.h"
#include "tools/cli/explain_command.h"
#include "tools/cli/import_command.h"
#include "tools/cli/operator_commands.h"
#include "tools/cli/preview_command.h"
#include "tools/cli/record_command.h"
#include "tools/cli/suggest.h"
#include "tools/cli/test_command.h"

namespace idlewarden::tools {
namespace {

constexpr char kAbout[] = "Ends idle SMB sessions by policy: checks and previews policies, and talks to an agent.";
constexpr char kFooter[] =
    "Example, from what you have to a preview:\n"
    "  idlewarden import --from get-smbsession sessions.txt > sessions.json\n"
    "  idlewarden preview --policy kiosks.yaml --snapshot sessions.json\n\n"
    "Exit status: 0 success, 1 failure, 2 wrong usage.\n"
    "Run `idlewarden COMMAND --help` for its options.";

// Everything that options can set; one command of them runs.
class App {
 public:
  explicit App(Output& output) : output_(output), app_(kAbout, "idlewarden") {
    app_.set_version_flag("--version", absl::StrCat("idlewarden ", kVersion), "print the version");
    app_.footer(kFooter);
    app_.require_subcommand(1);
    app_.formatter(std::make_shared<HelpFormatter>());
    app_.set_help_flag("-h,--help", "print this help");
    AddCheck();
    AddPreview();
    AddExplain();
    AddDiff();
    AddTest();
    AddDump();
    AddAudit();
    AddRecord();
    AddImport();
    AddAgentCommands();
    AddOperatorCommands();
  }

  int Run(const std::vector<std::string>& arguments) {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    try {
      app_.parse(std::move(reversed));
    } catch (const CLI::ParseError& error) {
      return Explain(error, arguments);
    }
    output_.out << std::flush;
    return run_();
  }

 private:
  CLI::App* Command(const std::string& name, const std::string& about, const std::string& example,
                    std::function<int()> run) {
    CLI::App* command = app_.add_subcommand(name, about);
    command->footer(absl::StrCat("Example:\n", example));
    command->final_callback([this, run = std::move(run)] { run_ = run; });
    return command;
  }

  void AddCheck() {
    CLI::App* command =
        Command("check", "Validate policy files and report every problem",
                "  idlewarden check --strict config/policies/*.yaml", [this] { return RunCheck(check_, output_); });
    command->add_option("POLICY", check_.policies, "policy files")->required();
    command->add_flag("--strict", check_.strict, "treat warnings as errors");
    AddFormat(command, check_format_, {"text", "json"})->each([this](const std::string& format) {
      check_.json = format == "json";
    });
  }

  void AddPreview() {
    CLI::App* command =
        Command("preview", "Show what a policy would do with recorded sessions",
                "  idlewarden preview --policy kiosks.yaml --snapshot sessions.json --at 2026-11-22T23:00:00Z",
                [this] { return RunPreview(preview_, output_); });
    command->add_option("--policy", preview_.policy, "policy file")->type_name("FILE")->required();
    AddSnapshots(command, preview_.snapshots);
    command->add_option("--at", preview_.at, "evaluate at this time (default: the time of the snapshot)")
        ->type_name("RFC3339");
    AddFormat(command, preview_.format, {"table", "json", "summary"});
  }

  void AddExplain() {
    CLI::App* command =
        Command("explain", "Explain a decision on one session: each condition, with measured and required values",
                "  idlewarden explain --policy kiosks.yaml --snapshot sessions.json --server fs01 --client 10.20.0.5 "
                "--user alice",
                [this] { return RunExplain(explain_, output_); });
    command->add_option("--policy", explain_.policy, "policy file")->type_name("FILE")->required();
    AddSnapshots(command, explain_.snapshots);
    command->add_option("--server", explain_.server, "the server of the session")->type_name("NAME")->required();
    command->add_option("--client", explain_.client, "its client, in any spelling")->type_name("CLIENT")->required();
    command->add_option("--user", explain_.user, "its user, in any spelling")->type_name("USER")->required();
    command->add_option("--at", explain_.at, "evaluate at this time (default: the time of the snapshot)")
        ->type_name("RFC3339");
  }

  void AddDiff() {
    CLI::App* command = Command("diff", "Compare two policies: list the sessions that they decide differently",
                                "  idlewarden diff --old kiosks.yaml --new kiosks-next.yaml --snapshot sessions.json",
                                [this] { return RunDiff(diff_, output_); });
    command->add_option("--old", diff_.old_policy, "policy file")->type_name("FILE")->required();
    command->add_option("--new", diff_.new_policy, "policy file to compare it with")->type_name("FILE")->required();
    AddSnapshots(command, diff_.snapshots);
    command->add_option("--at", diff_.at, "evaluate at this time (default: the time of the snapshot)")
        ->type_name("RFC3339");
    AddFormat(command, diff_.format, {"table", "json"});
  }

  void AddTest() {
    CLI::App* command = Command("test", "Run policy tests", "  idlewarden test config/policies/tests/*_test.yaml",
                                [this] { return RunTest(test_, output_); });
    command->add_option("FILE", test_.files, "test files (docs/policy-tests.md)")->required();
    AddFormat(command, test_.format, {"text", "junit"});
  }

  void AddDump() {
    CLI::App* command = Command("dump", "Print a policy in canonical form: lists resolved, defaults written out",
                                "  idlewarden dump --policy kiosks.yaml", [this] { return RunDump(dump_, output_); });
    command->add_option("--policy", dump_, "policy file")->type_name("FILE")->required();
  }

  void AddAudit() {
    CLI::App* audit = app_.add_subcommand("audit", "Verify or export an agent's audit trail");
    audit->footer(
        "Example:\n  idlewarden audit verify --state-dir /var/lib/idlewarden\n"
        "  idlewarden audit export -o csv --since 2026-11-01T00:00:00Z --outcome closed\n"
        "  idlewarden audit policies --show 3f2a");
    audit->require_subcommand(1);
    CLI::App* verify = audit->add_subcommand("verify", "Find a record that was changed, removed or moved");
    CLI::App* exporting = audit->add_subcommand("export", "Print the records, oldest first");
    CLI::App* policies = audit->add_subcommand("policies", "List the policies that were in force, or print one");
    policies->final_callback([this] { run_ = [this] { return RunAuditPolicies(audit_, output_); }; });
    policies->add_option("--show", audit_.show, "print the text of the one whose hash begins so")->type_name("HASH");
    CLI::App* cycles = audit->add_subcommand("cycles", "List what cycles came to: plans and their counts");
    cycles->final_callback([this] { run_ = [this] { return RunAuditCycles(audit_, output_); }; });
    cycles->add_option("--since", audit_.since, "from this time on")->type_name("RFC3339");
    for (CLI::App* command : {verify, exporting, policies, cycles}) {
      command->add_option("--state-dir", audit_.state_dir, "the agent's state_dir (default /var/lib/idlewarden)")
          ->type_name("DIR");
    }
    verify->final_callback([this] { run_ = [this] { return RunAuditVerify(audit_, output_); }; });
    exporting->final_callback([this] { run_ = [this] { return RunAuditExport(audit_, output_); }; });
    exporting->add_option("--since", audit_.since, "from this time on")->type_name("RFC3339");
    exporting->add_option("--until", audit_.until, "before this time")->type_name("RFC3339");
    exporting->add_option("--server", audit_.server, "of this server only")->type_name("NAME");
    exporting->add_option("--user", audit_.user, "of this user only")->type_name("NAME");
    exporting->add_option("--outcome", audit_.outcome, "with this outcome only: closed, denied, …")->type_name("WORD");
    AddFormat(exporting, audit_.format, {"jsonl", "csv"});
  }

  void AddImport() {
    CLI::App* command =
        Command("import", "Turn what other tools print of SMB sessions into a snapshot",
                "  Get-SmbSession | ConvertTo-Json > sessions.txt          on the file server, in PowerShell\n"
                "  idlewarden import --from get-smbsession sessions.txt > sessions.json\n"
                "  smbstatus --json | idlewarden import --from smbstatus --server nas1 > sessions.json",
                [this] { return RunImport(import_, output_); });
    command->add_option("FILE", import_.file, "what the tool printed (default: standard input)");
    command->add_option("--from", import_.from, "the tool: get-smbsession, smbstatus or net-session")
        ->type_name("TOOL")
        ->required()
        ->check(CLI::IsMember({"get-smbsession", "smbstatus", "net-session"}));
    command->add_option("--server", import_.server, "the server's name in the snapshot (default: as the text says)")
        ->type_name("NAME");
    command->add_option("--taken-at", import_.taken_at, "when the text was printed (default: as it says, else now)")
        ->type_name("RFC3339");
  }

  void AddRecord() {
    CLI::App* command = Command("record", "Write the present sessions of an agent or of one server as a snapshot",
                                "  idlewarden record --agent unix:/run/idlewarden/control.sock > sessions.json\n"
                                "  idlewarden record --address fs01 --credentials-file fs01.yaml > sessions.json",
                                [this] { return RunRecord(); });
    AddAgent(command);
    CLI::Option* address =
        command->add_option("--address", record_.address, "a server's host name or address")->type_name("HOST");
    command->add_option("--credentials-file", record_.credentials_file, "YAML: user, and password or password_file")
        ->type_name("FILE")
        ->needs(address);
    command->add_option("--port", record_.port, "TCP port of the server (default: 445)")
        ->type_name("PORT")
        ->needs(address)
        ->check(CLI::Range(1, 65535));
    command->add_option("--name", record_.name, "the server's name in the snapshot (default: its address)")
        ->type_name("NAME")
        ->needs(address);
    const auto protection = CLI::IsMember({"off", "desired", "required"});
    command->add_option("--signing", record_.signing, "SMB signing: off, desired or required (default: required)")
        ->type_name("WORD")
        ->check(protection)
        ->needs(address);
    command
        ->add_option("--encryption", record_.encryption, "SMB encryption: off, desired or required (default: desired)")
        ->type_name("WORD")
        ->check(protection)
        ->needs(address);
    command
        ->add_option("--smb-worker", record_.smb_worker,
                     "path of idlewarden-smb-worker (default: beside this program, else in PATH)")
        ->type_name("FILE")
        ->needs(address);
    command->add_flag("-v,--verbose", record_.verbose, "log what the command does")->needs(address);
    command->add_option("--timeout", timeout_seconds_, "how long to wait for the server (default: 10)")
        ->type_name("SECONDS")
        ->needs(address)
        ->check(CLI::Range(1, 3600));
  }

  void AddAgentCommands() {
    AddAgentCommand("status", "Show what an agent is doing: policy, servers, closes", "", RunStatus);
    AddAgentCommand("sessions", "List an agent's present sessions with their decisions", " --server fs01", RunSessions)
        ->add_option("--server", agent_.server, "of this server only")
        ->type_name("NAME");
    AddAgentCommand("decisions", "List sessions that the last cycle did not decide to keep", " -o json", RunDecisions)
        ->add_flag("--all", agent_.all, "include sessions that are kept");
    AddBy(AddAgentCommand("reload", "Make an agent read its policy file again", "", RunReload), agent_.by);
    CLI::App* pause = AddAgentCommand("pause", "Stop an agent from closing sessions until it is resumed",
                                      " --reason 'storage maintenance'", RunPause);
    pause->add_option("--reason", agent_.reason, "shown in the agent's status")->type_name("TEXT");
    AddBy(pause, agent_.by);
    AddBy(AddAgentCommand("resume", "Let a paused agent close sessions again", "", RunResume), agent_.by);
  }

  void AddOperatorCommands() {
    AddOperatorCommand("approve", "Approve the current plan although it exceeds a limit",
                       " 0123456789abcdef0123456789abcdef --reason 'looked at it'", RunApprove)
        ->add_option("PLAN-ID", operator_.plan_id, "the held plan, as `idlewarden status` names it")
        ->required();
    AddOperatorCommand("restore", "Re-enable a rule that was demoted to observe", " kiosks --reason 'right granted'",
                       RunRestore)
        ->add_option("RULE", operator_.rule, "the rule, as `idlewarden status` names it")
        ->required();
    AddExempt();
  }

  void AddExempt() {
    CLI::App* exempt = app_.add_subcommand("exempt", "Exempt sessions from closing for a while, or list exemptions");
    exempt->footer(
        "Example:\n  idlewarden exempt add --user alice --for 8h --reason migration --ticket OPS-7\n"
        "  idlewarden exempt add --client 10.20.0.0/16 --user 'ext-*' --until 2026-12-24T12:00:00Z\n"
        "  idlewarden exempt list\n  idlewarden exempt remove 3");
    exempt->require_subcommand(1);
    CLI::App* add = AddExemptCommand(exempt, "add", "Exempt users, clients, or pairs of both", RunExemptAdd);
    const auto entries = [add](const char* option, std::vector<std::string>& to, const char* what) {
      add->add_option(option, to, what)->type_name("ENTRY")->expected(1)->take_all();
    };
    entries("--user", operator_.users, "a user or glob, as in a policy; may be given more than once");
    entries("--client", operator_.clients, "a client's address, network, name or glob");
    entries("--server", operator_.servers, "only on this server, by name or glob (default: on all)");
    add->add_option("--for", operator_.duration, "how long, such as 8h or 7d")->type_name("DURATION");
    add->add_option("--until", operator_.until, "or until when")->type_name("RFC3339");
    add->add_option("--ticket", operator_.ticket, "shown in the list")->type_name("TEXT");
    AddExemptCommand(exempt, "list", "List the exemptions in force", RunExemptList);
    AddExemptCommand(exempt, "remove", "End an exemption", RunExemptRemove)
        ->add_option("ID", operator_.exemption_id, "as listed")
        ->required();
  }

  CLI::App* AddExemptCommand(CLI::App* exempt, const std::string& name, const std::string& about,
                             int (*run)(const OperatorOptions&, Output&)) {
    CLI::App* command = exempt->add_subcommand(name, about);
    command->final_callback([this, run] { run_ = [this, run] { return RunOperator(run); }; });
    AddOperatorOptions(command);
    return command;
  }

  int RunOperator(int (*run)(const OperatorOptions&, Output&)) {
    operator_.agent = agent_.agent;
    operator_.json = agent_.json;
    return run(operator_, output_);
  }

  void AddOperatorOptions(CLI::App* command) {
    AddAgent(command);
    AddTableFormat(command);
    command->add_option("--reason", operator_.reason, "reason, kept in the audit trail")->type_name("TEXT");
    AddBy(command, operator_.by);
  }

  CLI::App* AddOperatorCommand(const std::string& name, const std::string& about, const std::string& more,
                               int (*run)(const OperatorOptions&, Output&)) {
    CLI::App* command =
        Command(name, about, absl::StrCat("  idlewarden ", name, more), [this, run] { return RunOperator(run); });
    AddOperatorOptions(command);
    return command;
  }

  void AddBy(CLI::App* command, std::string& by) {
    by = CallerName();
    command->add_option("--by", by, "operator name for the audit trail (default: login name)")->type_name("NAME");
  }

  void AddTableFormat(CLI::App* command) {
    AddFormat(command, agent_format_, {"table", "json"})->each([this](const std::string& format) {
      agent_.json = format == "json";
    });
  }

  CLI::App* AddAgentCommand(const std::string& name, const std::string& about, const std::string& more,
                            int (*run)(const AgentOptions&, Output&)) {
    const std::string example = absl::StrCat("  idlewarden ", name, " --agent ", kDefaultAgent, more);
    CLI::App* command = Command(name, about, example, [this, run] { return run(agent_, output_); });
    AddAgent(command);
    AddTableFormat(command);
    return command;
  }

  void AddAgent(CLI::App* command) {
    command->add_option("--agent", agent_.agent, "the agent's control socket")
        ->type_name("unix:PATH")
        ->envname("IDLEWARDEN_AGENT");
  }

  static void AddSnapshots(CLI::App* command, std::vector<std::string>& snapshots) {
    command
        ->add_option("--snapshot", snapshots,
                     "snapshot file, - for standard input; several, in the order of time, measure `for`")
        ->type_name("FILE")
        ->allow_extra_args(false)
        ->required();
  }

  CLI::Option* AddFormat(CLI::App* command, std::string& format, const std::vector<std::string>& formats) {
    return command->add_option("-o,--output", format, absl::StrCat("one of: ", CLI::detail::join(formats, ", ")))
        ->type_name("FORMAT")
        ->check(CLI::IsMember(formats).description(""));
  }

  int RunRecord() {
    if (record_.address.empty()) return RunRecordFromAgent(agent_, output_);
    if (record_.credentials_file.empty()) {
      return Fail("--address needs --credentials-file: a YAML file with `user` and `password`, readable by you only.",
                  output_, kUsage);
    }
    record_.timeout = absl::Seconds(timeout_seconds_);
    return RunRecordFromServer(record_, output_);
  }

  // Help and version are `errors` of status 0 as well.
  int Explain(const CLI::ParseError& error, const std::vector<std::string>& arguments) {
    if (error.get_exit_code() == 0) {
      app_.exit(error, output_.out, output_.err);
      return kDone;
    }
    if (arguments.empty()) {
      output_.err << app_.help();
      return kUsage;
    }
    const CLI::App* command = FindCommand(arguments);
    Fail(Message(error, command, arguments), output_);
    output_.err << "See idlewarden " << (command == nullptr ? "" : absl::StrCat(command->get_name(), " "))
                << "--help.\n";
    return kUsage;
  }

  const CLI::App* FindCommand(const std::vector<std::string>& arguments) const {
    for (const CLI::App* command : app_.get_subcommands([](const CLI::App*) { return true; })) {
      if (std::find(arguments.begin(), arguments.end(), command->get_name()) != arguments.end()) return command;
    }
    return nullptr;
  }

  std::string Message(const CLI::ParseError& error, const CLI::App* command,
                      const std::vector<std::string>& arguments) const {
    if (command == nullptr && !absl::StartsWith(arguments[0], "-")) {
      std::vector<std::string> names;
      for (const CLI::App* known : app_.get_subcommands([](const CLI::App*) { return true; })) {
        names.push_back(known->get_name());
      }
      return WithSuggestion(absl::StrCat("unknown command ", arguments[0], "."), Suggest(arguments[0], names));
    }
    const CLI::App& place = command == nullptr ? app_ : *command;
    std::vector<std::string> options;
    for (const CLI::Option* option : place.get_options()) {
      for (const std::string& name : option->get_lnames()) options.push_back(absl::StrCat("--", name));
    }
    for (const std::string& argument : arguments) {
      const std::string typed = argument.substr(0, argument.find('='));
      const bool known = std::find(options.begin(), options.end(), typed) != options.end();
      if (!absl::StartsWith(typed, "--") || typed == "--" || known) continue;
      return WithSuggestion(absl::StrCat("unknown option ", typed, "."), Suggest(typed, options));
    }
    return error.what();
  }

  static std::string WithSuggestion(const std::string& message, const std::string& suggestion) {
    return suggestion.empty() ? message : absl::StrCat(message, " Did you mean ", suggestion, "?");
  }

  Output& output_;
  CLI::App app_;
  std::function<int()> run_;
  CheckOptions check_;
  std::string check_format_ = "text";
  PreviewOptions preview_;
  ExplainOptions explain_;
  DiffOptions diff_;
  TestOptions test_;
  std::string dump_;
  AuditOptions audit_;
  ImportCommandOptions import_;
  RecordOptions record_;
  int timeout_seconds_ = 10;
  AgentOptions agent_{.agent = kDefaultAgent};
  OperatorOptions operator_;
  std::string agent_format_ = "table";
};

}  // namespace

int RunApp(const std::vector<std::string>& arguments, Output& output) {
  const int status = App(output).Run(arguments);
  output.out.flush();
  if (output.out.good() || status != kDone) return status;
  return Fail("the output could not be written.", output);
}

}  // namespace idlewarden::tools
