#include "bench/compare/svg.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace hakmem::bench {
namespace {

const char* Name(Anchor anchor) {
  if (anchor == Anchor::kMiddle) return "middle";
  return anchor == Anchor::kStart ? "start" : "end";
}

std::string Title(std::string_view title) {
  return absl::StrCat("<title>", EscapeXml(title), "</title>");
}

}  // namespace

std::string EscapeXml(std::string_view text) {
  return absl::StrReplaceAll(std::string(text),
                             {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

void Svg::Line(Point from, Point to, std::string_view color) {
  absl::StrAppendFormat(&body_,
                        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n",
                        from.first, from.second, to.first, to.second, EscapeXml(color));
}

void Svg::PolyLine(const std::vector<Point>& points, std::string_view color,
                   std::string_view title) {
  absl::StrAppendFormat(&body_,
                        "<polyline fill=\"none\" stroke-width=\"1.5\" stroke=\"%s\" points=\"",
                        EscapeXml(color));
  for (const auto& [x, y] : points) absl::StrAppendFormat(&body_, "%.1f,%.1f ", x, y);
  absl::StrAppend(&body_, "\">", Title(title), "</polyline>\n");
}

void Svg::Circle(Point center, double radius, std::string_view color, std::string_view title) {
  absl::StrAppendFormat(&body_,
                        "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\">%s</circle>\n",
                        center.first, center.second, radius, EscapeXml(color), Title(title));
}

void Svg::Rectangle(Point corner, double width, double height, std::string_view color,
                    std::string_view title) {
  absl::StrAppendFormat(
      &body_, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\">%s</rect>\n",
      corner.first, corner.second, width, height, EscapeXml(color), Title(title));
}

void Svg::Text(Point at, std::string_view text, Anchor anchor) {
  absl::StrAppendFormat(&body_, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n",
                        at.first, at.second, Name(anchor), EscapeXml(text));
}

void Svg::Picture(Point corner, const Svg& picture) {
  absl::StrAppendFormat(&body_, "<g transform=\"translate(%.1f,%.1f)\">\n%s</g>\n", corner.first,
                        corner.second, picture.body_);
}

std::string Svg::ToString() const {
  return absl::StrFormat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
      "viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" font-size=\"12\" "
      "fill=\"#222\">\n%s</svg>\n",
      width_, height_, width_, height_, body_);
}

}  // namespace hakmem::bench
