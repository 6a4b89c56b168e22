// Memory for the tests' own records, straight from the kernel: an allocator under test that
// overwrites its blocks can't take the records that would prove it along.
#ifndef HAKMEM_TESTING_MODEL_PRIVATE_MEMORY_H_
#define HAKMEM_TESTING_MODEL_PRIVATE_MEMORY_H_

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <memory_resource>

namespace hakmem::model {

// One mmap per allocation, so meant as the upstream of a pool. Thread-safe.
class MmapResource : public std::pmr::memory_resource {
 private:
  void* do_allocate(size_t bytes, size_t /*alignment*/) override {
    void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) std::abort();
    return p;
  }
  void do_deallocate(void* p, size_t bytes, size_t /*alignment*/) override { munmap(p, bytes); }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }
};

// A pool over MmapResource. Not thread-safe: one per owner.
class PrivateMemory {
 public:
  std::pmr::memory_resource* resource() { return &pool_; }

 private:
  MmapResource upstream_;
  std::pmr::unsynchronized_pool_resource pool_{&upstream_};
};

}  // namespace hakmem::model

#endif  // HAKMEM_TESTING_MODEL_PRIVATE_MEMORY_H_
