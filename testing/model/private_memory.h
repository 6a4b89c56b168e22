// Memory for the tests' own records, straight from the kernel: an allocator under test that
// overwrites its blocks can't take the records that would prove it along.
#ifndef HAKMEM_TESTING_MODEL_PRIVATE_MEMORY_H_
#define HAKMEM_TESTING_MODEL_PRIVATE_MEMORY_H_

#include <sys/mman.h>
#include <sys/resource.h>

#include <cstddef>
#include <cstdlib>
#include <memory_resource>
#include <mutex>

namespace hakmem::model {

// One mmap per allocation, so meant as the upstream of a pool. Thread-safe.
class MmapResource : public std::pmr::memory_resource {
 private:
  void* do_allocate(size_t bytes, size_t /*alignment*/) override {
    void* p = Map(bytes);
    if (p == MAP_FAILED) p = MapBeyondLimits(bytes);
    if (p == MAP_FAILED) std::abort();
    return p;
  }
  void do_deallocate(void* p, size_t bytes, size_t /*alignment*/) override { munmap(p, bytes); }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  static void* Map(size_t bytes) {
    return mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  }

  // A test that lowers a soft limit means the allocator's memory, not the records'.
  static void* MapBeyondLimits(size_t bytes) {
    static std::mutex mutex;  // two at once would take the raised limits for the test's
    std::lock_guard lock(mutex);
    rlimit address_space;
    rlimit data;
    getrlimit(RLIMIT_AS, &address_space);
    getrlimit(RLIMIT_DATA, &data);
    const rlimit no_address_limit = {address_space.rlim_max, address_space.rlim_max};
    const rlimit no_data_limit = {data.rlim_max, data.rlim_max};
    setrlimit(RLIMIT_AS, &no_address_limit);
    setrlimit(RLIMIT_DATA, &no_data_limit);
    void* const p = Map(bytes);
    setrlimit(RLIMIT_AS, &address_space);
    setrlimit(RLIMIT_DATA, &data);
    return p;
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
