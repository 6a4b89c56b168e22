// How much memory the process takes.
#ifndef HAKMEM_TESTING_CONTRACTS_RESIDENT_MEMORY_H_
#define HAKMEM_TESTING_CONTRACTS_RESIDENT_MEMORY_H_

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>

namespace hakmem::contracts {

// Resident bytes of this process, from /proc/self/statm. Allocates nothing. The kernel's figure may
// lag by some 60 pages per thread.
inline size_t ResidentBytes() {
  char text[128] = {};
  const int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  const ssize_t length = read(fd, text, sizeof(text) - 1);
  close(fd);
  if (length <= 0) std::abort();
  char* resident;
  std::strtoull(text, &resident, 10);  // the first figure is the virtual size
  return std::strtoull(resident, nullptr, 10) * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace hakmem::contracts

#endif  // HAKMEM_TESTING_CONTRACTS_RESIDENT_MEMORY_H_
