#!/bin/bash
# xmllint (libxml2): parsing, formatting, canonical form, XPath, schemas, HTML, broken documents.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require gawk gawk
require xmllint libxml2-utils

expect_bound malloc xmllint --version

input="$WORK/catalogue.xml"
gawk 'BEGIN {
  print "<?xml version=\"1.0\"?>\n<catalogue xmlns:x=\"http://example.com/x\">"
  for (i = 0; i < 8000; i++) {
    printf "<book id=\"b%d\" x:price=\"%d\">", i, i * 31 % 997
    printf "<title>Title &amp; %d</title>", i * 7919
    for (j = 0; j < i % 4; j++) printf "<author>Author %d</author>", (i * 13 + j) % 500
    printf "<text>%*s</text><!-- %d --></book>\n", i % 200, "end", i
  }
  print "</catalogue>"
}' >"$input"
head -c 200000 "$input" >"$WORK/cut.xml"
cat >"$WORK/catalogue.rng" <<END
<element name="catalogue" xmlns="http://relaxng.org/ns/structure/1.0"><oneOrMore>
  <element name="book">
    <attribute name="id"/><attribute name="x:price" xmlns:x="http://example.com/x"/>
    <element name="title"><text/></element>
    <zeroOrMore><element name="author"><text/></element></zeroOrMore>
    <element name="text"><text/></element>
  </element>
</oneOrMore></element>
END

work() {
  under xmllint --format "$input" -o formatted.xml
  under xmllint --noblanks --dropdtd --c14n formatted.xml | sha256sum
  under xmllint --xpath 'sum(//book[author="Author 7"]/@*[local-name()="price"])' "$input"
  under xmllint --xpath '//book[count(author) = 3][position() mod 400 = 1]/title/text()' "$input"
  under xmllint --noout --relaxng "$WORK/catalogue.rng" "$input" 2>&1 | sed 's|.*/||'
  under xmllint --stream --noout "$input" && echo "streamed"
  under xmllint --sax "$input" | sha256sum
  under xmllint --recover --noout "$WORK/cut.xml" 2>&1 | sed 's|.*/||'
  { echo '<html><body><p>one<p>two<table><tr><td>3'; head -n 500 "$input"; } |
    under xmllint --html --format - 2>/dev/null | sha256sum
}

compare work
passed
