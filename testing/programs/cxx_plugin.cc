// The shared object that cxx_threads.cc loads and unloads: memory and exceptions that it makes are
// freed and caught by the program.
#include <cstddef>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

// Constructed in every thread that enters, freed when the thread ends.
thread_local std::vector<std::string> history;

// Constructed at dlopen, freed at dlclose.
const std::vector<std::string> table(200, std::string(150, 't'));

}  // namespace

extern "C" std::string* MakeText(int number) {
  history.push_back(std::to_string(number) +
                    table[static_cast<std::size_t>(number) % table.size()]);
  return new std::string(history.back() + std::to_string(history.size()));
}

// What becomes of requests that are larger than any memory: 'h' for each call of the new-handler,
// then 't' when std::bad_alloc was thrown, 'n' for a null pointer.
extern "C" const char* Refusals() {
  static std::string outcome;
  const volatile std::size_t impossible = PTRDIFF_MAX - 64;
  std::set_new_handler([] {
    outcome += 'h';
    std::set_new_handler(nullptr);
  });
  try {
    delete[] new char[impossible];
  } catch (const std::bad_alloc&) {
    outcome += 't';
  }
  if (char* const p = new (std::nothrow) char[impossible]) {
    delete[] p;
  } else {
    outcome += 'n';
  }
  return outcome.c_str();
}

extern "C" void Fail(int number) {
  throw std::out_of_range("plugin " + std::string(static_cast<std::size_t>(number), '!'));
}
