#include "agent/metrics/process_metrics.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "agent/metrics/metric_table.h"

namespace idlewarden::agent {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

std::string ReadProc(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void Add(const char* name, MetricType type, double value, std::vector<MetricFamily>* families) {
  MetricFamily family;
  family.name = name;
  family.help = HelpOf(name);
  family.type = type;
  family.metric.emplace_back();
  if (type == MetricType::Counter) {
    family.metric[0].counter.value = value;
  } else {
    family.metric[0].gauge.value = value;
  }
  families->push_back(std::move(family));
}

// Seconds since the epoch at which the machine was booted; 0 if unknown.
double BootTime() {
  for (absl::string_view line : absl::StrSplit(ReadProc("/proc/stat"), '\n')) {
    double seconds = 0;
    if (absl::StartsWith(line, "btime ") && absl::SimpleAtod(line.substr(6), &seconds)) return seconds;
  }
  return 0;
}

// proc(5): the fields of /proc/self/stat from the third on; the second may have spaces and brackets in it.
std::vector<std::string> StatFields() {
  const std::string stat = ReadProc("/proc/self/stat");
  const size_t end = stat.rfind(')');
  if (end == std::string::npos) return {};
  return absl::StrSplit(stat.substr(end + 1), absl::ByAnyChar(" \n"), absl::SkipEmpty());
}

// Numbered as in proc(5), so that the third field is 3.
double Field(const std::vector<std::string>& fields, size_t number) {
  double value = 0;
  if (number - 3 < fields.size() && absl::SimpleAtod(fields[number - 3], &value)) return value;
  return 0;
}

int CountOpenFiles() {
  DIR* folder = opendir("/proc/self/fd");
  if (folder == nullptr) return -1;
  int count = 0;
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count - 3;  // ".", ".." and the folder's own
}

}  // namespace

std::vector<MetricFamily> ProcessCollector::Collect() const {
  std::vector<MetricFamily> families;
  const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  const std::vector<std::string> fields = StatFields();
  if (!fields.empty()) {
    Add("process_cpu_seconds_total", MetricType::Counter, (Field(fields, 14) + Field(fields, 15)) / ticks, &families);
    Add("process_threads", MetricType::Gauge, Field(fields, 20), &families);
    Add("process_virtual_memory_bytes", MetricType::Gauge, Field(fields, 23), &families);
    Add("process_resident_memory_bytes", MetricType::Gauge,
        Field(fields, 24) * static_cast<double>(sysconf(_SC_PAGESIZE)), &families);
    if (const double booted = BootTime(); booted > 0) {
      Add("process_start_time_seconds", MetricType::Gauge, booted + Field(fields, 22) / ticks, &families);
    }
  }
  if (const int open_files = CountOpenFiles(); open_files >= 0) {
    Add("process_open_fds", MetricType::Gauge, open_files, &families);
  }
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    Add("process_max_fds", MetricType::Gauge, static_cast<double>(limit.rlim_cur), &families);
  }
  return families;
}

}  // namespace idlewarden::agent
