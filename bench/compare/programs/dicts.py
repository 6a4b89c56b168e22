"""JSON and dictionaries: dicts.py FILE.json ROUNDS"""

import collections
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    text = file.read()
for turn in range(int(sys.argv[2])):
    records = json.loads(text)
    by_city = collections.defaultdict(list)
    for record in records:
        by_city[record["address"]["city"]].append(record)
    totals = {
        city: sum(entry["amount"] for record in group for entry in record["history"])
        for city, group in by_city.items()
    }
    names = {word: record["id"] for record in records for word in record["name"].split()}
    copies = [dict(record, tags=[tag.upper() for tag in record["tags"]]) for record in records]
    print(turn, len(by_city), sum(totals.values()), len(names), len(json.dumps(copies)))
