// Text without allocation: a writer into a buffer of the caller's that counts what did not fit, as
// snprintf does. Used for error lines, statistics and the XML and JSON of the heap.
#ifndef HAKMEM_CORE_TEXT_H_
#define HAKMEM_CORE_TEXT_H_

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hakmem {

class TextWriter {
 public:
  // Writes at most `capacity` bytes at `buffer`, NUL included.
  TextWriter(char* buffer, size_t capacity) : buffer_(buffer), capacity_(capacity) {
    if (capacity_ > 0) buffer_[0] = '\0';
  }

  TextWriter& operator<<(std::string_view text) {
    for (const char c : text) Put(c);
    if (capacity_ > 0) buffer_[length_ < capacity_ ? length_ : capacity_ - 1] = '\0';
    return *this;
  }

  TextWriter& operator<<(const char* text) { return *this << std::string_view(text); }

  TextWriter& operator<<(uint64_t n) { return Number(n, 10, 0); }

  // As 0x7f...: lower-case hexadecimal.
  TextWriter& operator<<(const void* p) {
    *this << "0x";
    return Number(reinterpret_cast<uintptr_t>(p), 16, 0);
  }

  // Right-aligned in `width` columns.
  TextWriter& Aligned(uint64_t n, size_t width) { return Number(n, 10, width); }

  // Right-aligned in `width` columns.
  TextWriter& Aligned(std::string_view text, size_t width) {
    for (size_t i = text.size(); i < width; ++i) Put(' ');
    return *this << text;
  }

  // `part` of `whole` as "12.34%", right-aligned in `width` columns.
  TextWriter& Percent(uint64_t part, uint64_t whole, size_t width) {
    const double share = whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
    const uint64_t hundredths = static_cast<uint64_t>(share * 10000 + 0.5);
    const uint64_t rest = hundredths % 100;
    Number(hundredths / 100, 10, width < 4 ? 0 : width - 4);
    return *this << (rest < 10 ? ".0" : ".") << rest << "%";
  }

  // The length of the whole text, also of what did not fit.
  size_t length() const { return length_; }
  // What did fit.
  std::string_view text() const {
    return {buffer_, length_ < capacity_ ? length_ : (capacity_ > 0 ? capacity_ - 1 : 0)};
  }

 private:
  void Put(char c) {
    if (length_ + 1 < capacity_) buffer_[length_] = c;
    ++length_;
  }

  TextWriter& Number(uint64_t n, int base, size_t width) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof(digits), n, base).ptr;
    const size_t count = static_cast<size_t>(end - digits);
    for (size_t i = count; i < width; ++i) Put(' ');
    return *this << std::string_view(digits, count);
  }

  char* buffer_;
  size_t capacity_;
  size_t length_ = 0;
};

}  // namespace hakmem

#endif  // HAKMEM_CORE_TEXT_H_
