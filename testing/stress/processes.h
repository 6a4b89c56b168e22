// The processes that a stress run starts.
#ifndef HAKMEM_TESTING_STRESS_PROCESSES_H_
#define HAKMEM_TESTING_STRESS_PROCESSES_H_

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "testing/stress/tally.h"

namespace hakmem::stress {

// A child that takes so much longer than the second or so that it needs waits for a lock that
// nobody holds.
inline constexpr unsigned kSecondsUntilStuck = 200;

// In a child: has a signal end it when it is stuck.
inline void EndIfStuck() { alarm(kSecondsUntilStuck); }

// Waits for the end of `child` and fails the run unless it exited with 0. `what` it is.
inline void ExpectSuccess(Tally& tally, pid_t child, const char* what) {
  int status = 0;
  pid_t ended;
  do {
    ended = waitpid(child, &status, 0);
  } while (ended == -1 && errno == EINTR);
  if (ended != child) return tally.Fail("%s: no fork, or no wait (errno %d)", what, errno);
  if (WIFSIGNALED(status)) tally.Fail("%s was ended by signal %d", what, WTERMSIG(status));
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
    tally.Fail("%s exited with %d", what, WEXITSTATUS(status));
  }
}

}  // namespace hakmem::stress

#endif  // HAKMEM_TESTING_STRESS_PROCESSES_H_
