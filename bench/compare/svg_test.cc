#include "bench/compare/svg.h"

#include <gtest/gtest.h>

namespace hakmem::bench {
namespace {

TEST(EscapeXmlTest, EscapesWhatXmlNeedsEscaped) {
  EXPECT_EQ(EscapeXml("a<b> & \"c\""), "a&lt;b&gt; &amp; &quot;c&quot;");
}

TEST(SvgTest, DrawsInOrder) {
  Svg svg(100, 50);
  svg.Line({0, 1}, {2, 3}, "#ddd");
  svg.PolyLine({{1, 2}, {3, 4}}, "red", "p & q");
  svg.Circle({5, 6}, 2, "blue", "dot");
  svg.Rectangle({7, 8}, 9, 10, "green", "bar");
  svg.Text({1, 2}, "<text>", Anchor::kEnd);
  const std::string text = svg.ToString();
  EXPECT_EQ(text.find("<svg xmlns="), 0u);
  EXPECT_NE(text.find("viewBox=\"0 0 100 50\""), std::string::npos);
  const char* const parts[] = {
      "<line x1=\"0.0\" y1=\"1.0\" x2=\"2.0\" y2=\"3.0\" stroke=\"#ddd\"/>",
      "points=\"1.0,2.0 3.0,4.0 \"><title>p &amp; q</title></polyline>",
      "<circle cx=\"5.0\" cy=\"6.0\" r=\"2.0\" fill=\"blue\"><title>dot</title></circle>",
      "<rect x=\"7.0\" y=\"8.0\" width=\"9.0\" height=\"10.0\" fill=\"green\">",
      "text-anchor=\"end\">&lt;text&gt;</text>",
      "</svg>"};
  size_t at = 0;
  for (const char* part : parts) {
    at = text.find(part, at);
    ASSERT_NE(at, std::string::npos) << part << "\n" << text;
  }
}

}  // namespace
}  // namespace hakmem::bench
