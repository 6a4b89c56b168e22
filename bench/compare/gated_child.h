// A child process that waits at a gate before its exec, so that counters can be attached to it.
//
// It is a process group of its own, and is killed when this object or this process goes: nothing
// stays behind. To be used by a program with one thread, because what follows a fork in others may
// need locks that nobody will release.
#ifndef BENCH_COMPARE_GATED_CHILD_H_
#define BENCH_COMPARE_GATED_CHILD_H_

#include <sys/resource.h>
#include <sys/types.h>

#include <string>
#include <vector>

namespace hakmem::bench {

class GatedChild {
 public:
  // What becomes of the child. Its stdin is /dev/null.
  struct Program {
    std::string path;
    std::vector<std::string> arguments;    // without the program's name
    std::vector<std::string> environment;  // all of it, "NAME=VALUE"
    std::string output;                    // the file that stdout goes to
    int report = -1;                       // the descriptor that becomes kReportDescriptor, or -1
  };

  explicit GatedChild(Program program);
  ~GatedChild();
  GatedChild(const GatedChild&) = delete;
  GatedChild& operator=(const GatedChild&) = delete;

  // Whether there is a child. If not, nothing else may be called.
  bool ok() const { return pid_ > 0 && ended_ >= 0; }
  pid_t pid() const { return pid_; }

  // Lets the child go on to its exec. When that fails it exits with status 127.
  void Open();

  // Kills the child and all of its group.
  void Kill();

  // Waits for its end, at most so long. Returns whether it has ended.
  bool EndsWithin(double seconds);

  // Waits for its end, gives `*usage` as wait4() does, and returns its status. To be called once.
  int Wait(rusage* usage);

 private:
  pid_t pid_ = -1;
  int gate_ = -1;   // the child waits for a byte from here
  int ended_ = -1;  // a pidfd: readable when the child has ended
  bool waited_ = false;
};

}  // namespace hakmem::bench

#endif  // BENCH_COMPARE_GATED_CHILD_H_
