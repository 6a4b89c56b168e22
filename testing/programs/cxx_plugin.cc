// The shared object that cxx_threads.cc loads and unloads: memory and exceptions that it makes are
// freed and caught by the program.
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

extern "C" void Fail(int number) {
  throw std::out_of_range("plugin " + std::string(static_cast<std::size_t>(number), '!'));
}
