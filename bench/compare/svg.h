// A picture as an SVG element, to stand in an HTML page or a file of its own. Lengths are pixels; y
// grows downward.
#ifndef BENCH_COMPARE_SVG_H_
#define BENCH_COMPARE_SVG_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hakmem::bench {

// `text` with the characters that mean something in XML escaped.
std::string EscapeXml(std::string_view text);

enum class Anchor { kStart, kMiddle, kEnd };

// Not thread-safe. What is drawn later covers what was drawn before.
class Svg {
 public:
  using Point = std::pair<double, double>;  // x, y

  Svg(double width, double height) : width_(width), height_(height) {}

  void Line(Point from, Point to, std::string_view color);
  void PolyLine(const std::vector<Point>& points, std::string_view color, std::string_view title);
  // `title` shows when the pointer rests on it.
  void Circle(Point center, double radius, std::string_view color, std::string_view title);
  void Rectangle(Point corner, double width, double height, std::string_view color,
                 std::string_view title);
  void Text(Point at, std::string_view text, Anchor anchor);
  // Another picture, with its upper left corner at `corner`.
  void Picture(Point corner, const Svg& picture);

  std::string ToString() const;

 private:
  double width_;
  double height_;
  std::string body_;
};

}  // namespace hakmem::bench

#endif  // BENCH_COMPARE_SVG_H_
