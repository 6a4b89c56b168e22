#!/bin/bash
# jq: a document of some megabytes built, grouped, rewritten and parsed again.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require jq jq

expect_bound malloc jq -n 1

work() {
  under jq -n -c '[range(5000) | {id: ., name: "item \(. * 7919 % 10007)",
    tags: [range(. % 6) | tostring], nested: {price: (. * 31 % 997), text: ("é" * (. % 20 + 1))}}]' >document.json
  under jq -c 'group_by(.nested.price % 10) | map({count: length,
    names: (map(.name) | unique | .[:3]), total: (map(.nested.price) | add)}) | .[]' document.json
  under jq -S 'map(select(.tags | index("3")) | .nested.text |= ascii_downcase | del(.id))
    | sort_by(.name) | .[100:140]' document.json
  under jq '[paths(type == "number")] | length' document.json
  under jq -r '.[] | select(.name | test("item 9[0-9]*7$")) | [.id, .name] | @csv' document.json |
    sha256sum
  under jq -c --stream 'select(length == 2 and .[1] == 996)' document.json
  under jq -n 'reduce range(8000) as $i ({}; .["k\($i % 1000)"] += $i) |
    to_entries | map(.value) | add'
  under jq -n '[limit(1000; repeat(1))] | tojson | fromjson | length'
  printf '[1,{"a":' | under jq . 2>/dev/null || echo "status $?"
}

compare work
passed
