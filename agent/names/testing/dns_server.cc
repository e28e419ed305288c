#include "agent/names/testing/dns_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace idlewarden::agent {

namespace {

constexpr char kProgram[] = "/usr/sbin/dnsmasq";
constexpr int kAttempts = 20;

// A port that is free for UDP just now, and mostly still is when dnsmasq takes it; it knows no "any port".
uint16_t FindFreePort() {
  const int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  if (bind(probe, reinterpret_cast<sockaddr*>(&name), size) != 0 ||
      getsockname(probe, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
    abort();
  }
  close(probe);
  return ntohs(name.sin_port);
}

}  // namespace

bool DnsServer::IsInstalled() { return access(kProgram, X_OK) == 0; }

std::unique_ptr<DnsServer> DnsServer::Start(const std::vector<std::string>& hosts,
                                            const std::vector<std::string>& options, std::string& error) {
  std::unique_ptr<DnsServer> server(new DnsServer());
  std::string folder = (std::filesystem::temp_directory_path() / "dns-server-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) abort();
  server->folder_ = folder;
  server->WriteHosts(hosts);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    server->port_ = FindFreePort();
    if (server->Spawn(options)) return server;
    // Somebody else has the port, for UDP or for TCP.
    if (!absl::StrContains(server->log_, "in use")) break;
  }
  error = server->log_;
  return nullptr;
}

DnsServer::~DnsServer() {
  End();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string DnsServer::address() const { return absl::StrCat("127.0.0.1:", port_); }

void DnsServer::SetHosts(const std::vector<std::string>& hosts) {
  WriteHosts(hosts);
  log_.clear();
  kill(pid_, SIGHUP);
  if (!WaitForLog(absl::StrCat("read ", folder_, "/hosts"))) abort();
}

void DnsServer::WriteHosts(const std::vector<std::string>& hosts) const {
  // In place of the old file in one step: dnsmasq must not read half of it.
  const std::string path = folder_ + "/hosts";
  std::ofstream(path + ".new") << absl::StrJoin(hosts, "\n") << "\n";
  std::filesystem::rename(path + ".new", path);
}

bool DnsServer::Spawn(const std::vector<std::string>& options) {
  std::vector<std::string> arguments = {kProgram,
                                        "--keep-in-foreground",
                                        "--conf-file=/dev/null",
                                        "--log-facility=-",
                                        "--pid-file=",
                                        "--no-resolv",
                                        "--no-hosts",
                                        "--cache-size=0",
                                        "--local-ttl=3600",
                                        "--listen-address=127.0.0.1",
                                        "--bind-interfaces",
                                        "--local=/corp.example/",
                                        "--local=/10.in-addr.arpa/",
                                        "--local=/8.b.d.0.1.0.0.2.ip6.arpa/",
                                        absl::StrCat("--port=", port_),
                                        absl::StrCat("--addn-hosts=", folder_, "/hosts")};
  // As root it would take another account and group, which a sandbox forbids, and which could not read the folder.
  if (geteuid() == 0) arguments.insert(arguments.end(), {"--user=root", "--group="});
  arguments.insert(arguments.end(), options.begin(), options.end());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  int output[2];
  if (pipe2(output, O_CLOEXEC) != 0) abort();
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    dup2(output[1], STDERR_FILENO);
    execv(kProgram, argv.data());
    _exit(127);
  }
  close(output[1]);
  output_ = fdopen(output[0], "r");
  log_.clear();
  // The last line of its start.
  if (pid_ > 0 && WaitForLog("/hosts - ")) return true;
  End();
  return false;
}

bool DnsServer::WaitForLog(absl::string_view text) {
  char line[1024];
  while (fgets(line, sizeof line, output_) != nullptr) {
    log_ += line;
    if (absl::StrContains(line, text)) return true;
  }
  return false;
}

void DnsServer::End() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  if (output_ != nullptr) fclose(output_);
  output_ = nullptr;
}

}  // namespace idlewarden::agent
