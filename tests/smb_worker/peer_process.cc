#include "tests/smb_worker/peer_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "gtest/gtest.h"

extern char** environ;

namespace idlewarden::tests {
namespace {

constexpr char kProgram[] = "tests/peer/peer_main.py";

std::string Text(const rapidjson::Value& object, const char* name) {
  return object.HasMember(name) && object[name].IsString() ? object[name].GetString() : "";
}

}  // namespace

PeerProcess::PeerProcess(const std::string& kind, const std::string& arguments) {
  int to_child[2];
  int from_child[2];
  if (pipe2(to_child, O_CLOEXEC) != 0 || pipe2(from_child, O_CLOEXEC) != 0) abort();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to_child[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from_child[1], STDOUT_FILENO);
  std::string words[] = {"python3", kProgram, kind};
  char* argv[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  if (posix_spawnp(&pid_, "python3", &actions, nullptr, argv, environ) != 0) pid_ = -1;
  posix_spawn_file_actions_destroy(&actions);
  close(to_child[0]);
  close(from_child[1]);
  input_ = fdopen(to_child[1], "w");
  output_ = fdopen(from_child[0], "r");
  std::string line = arguments;
  std::replace(line.begin(), line.end(), '\n', ' ');
  fprintf(input_, "%s\n", line.c_str());
  fflush(input_);
  const rapidjson::Document hello = ReadLine();
  if (!hello.IsObject()) {
    ADD_FAILURE() << kProgram << " " << kind << " did not start";
    return;
  }
  skip_reason_ = Text(hello, "skip");
  if (!skip_reason_.empty()) return;
  const rapidjson::Value& result = hello["result"];
  address_ = Text(result, "address");
  port_ = static_cast<uint16_t>(result["port"].GetInt());
  user_ = Text(result, "user");
  password_ = Text(result, "password");
}

PeerProcess::~PeerProcess() {
  fclose(input_);  // the sign to end
  fclose(output_);
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
}

rapidjson::Document PeerProcess::ReadLine() {
  rapidjson::Document document;
  char* line = nullptr;
  size_t size = 0;
  if (getline(&line, &size, output_) > 0) document.Parse(line);
  free(line);
  return document;
}

rapidjson::Document PeerProcess::Do(const std::string& method, const std::string& arguments) {
  const std::string rest = arguments.substr(1);
  fprintf(input_, "{\"cmd\": \"%s\"%s%s\n", method.c_str(), rest == "}" ? "" : ", ", rest.c_str());
  fflush(input_);
  rapidjson::Document answer = ReadLine();
  rapidjson::Document result;
  if (!answer.IsObject() || !answer["ok"].GetBool()) {
    ADD_FAILURE() << method << arguments << ": " << (answer.IsObject() ? Text(answer, "error") : "the peer has ended");
    return result;
  }
  result.CopyFrom(answer["result"], result.GetAllocator());
  return result;
}

}  // namespace idlewarden::tests
