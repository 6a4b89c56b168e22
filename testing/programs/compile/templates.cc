// Input for the compilers under test: many instantiations, deep recursion, large constant tables.
// Standard headers only, so that every compiler that is installed can translate it.
#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <sstream>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace {

template <std::size_t N>
struct Fibonacci
    : std::integral_constant<std::uint64_t, Fibonacci<N - 1>::value + Fibonacci<N - 2>::value> {};
template <>
struct Fibonacci<0> : std::integral_constant<std::uint64_t, 0> {};
template <>
struct Fibonacci<1> : std::integral_constant<std::uint64_t, 1> {};

template <std::size_t... I>
constexpr auto FibonacciTable(std::index_sequence<I...>) {
  return std::array<std::uint64_t, sizeof...(I)>{Fibonacci<I>::value...};
}
constexpr auto kFibonacci = FibonacciTable(std::make_index_sequence<90>{});

constexpr auto Sieve() {
  std::array<bool, 4000> composite{};
  for (std::size_t i = 2; i < composite.size(); ++i) {
    for (std::size_t j = i * i; j < composite.size(); j += i) composite[j] = true;
  }
  return composite;
}
constexpr auto kComposite = Sieve();

// One type per number, each with its own containers and functions.
template <int N>
struct Shape {
  std::array<double, N % 7 + 1> sides{};
  std::vector<std::pair<int, std::string>> names;
  double Area() const {
    return std::accumulate(sides.begin(), sides.end(), double{N}, [](double sum, double side) {
      if constexpr (N % 3 == 0) return sum + side * side;
      if constexpr (N % 3 == 1) return sum - side / (N + 1);
      return sum * side;
    });
  }
  bool operator<(const Shape& other) const { return std::tie(sides) < std::tie(other.sides); }
};

template <typename... T>
struct Overloaded : T... {
  using T::operator()...;
};
template <typename... T>
Overloaded(T...) -> Overloaded<T...>;

template <int... N>
double TotalArea(std::integer_sequence<int, N...>) {
  using Any = std::variant<Shape<N>...>;
  std::vector<Any> all;
  (all.emplace_back(Shape<N>{}), ...);
  double total = 0;
  for (const Any& any : all) {
    total += std::visit([](const auto& shape) { return shape.Area(); }, any);
  }
  std::map<std::string, std::function<double()>> by_name;
  (by_name.emplace(std::to_string(N), [] { return Shape<N>{}.Area(); }), ...);
  for (const auto& [name, area] : by_name) total += area() * static_cast<double>(name.size());
  return total;
}

template <typename Key, typename Value>
struct Index {
  std::map<Key, std::vector<Value>> ordered;
  std::unordered_map<std::string, std::shared_ptr<Value>> shared;
  void Add(const Key& key, Value value) {
    auto& values = ordered[key];
    values.push_back(value);
    std::sort(values.begin(), values.end());
    std::ostringstream name;
    name << key << ':' << values.size();
    shared[name.str()] = std::make_shared<Value>(std::move(value));
  }
};

template struct Index<int, std::string>;

}  // namespace

int Run(const std::string& text) {
  Index<int, std::string> index;
  for (std::size_t i = 0; i < kFibonacci.size(); ++i) {
    if (!kComposite[i]) index.Add(static_cast<int>(kFibonacci[i]), text);
  }
  return static_cast<int>(TotalArea(std::make_integer_sequence<int, 3>{})) +
         static_cast<int>(index.shared.size());
}
