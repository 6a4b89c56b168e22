"""Dictionaries, JSON, strings and sorting: millions of small blocks, resized tables."""

import hashlib
import json
import random

rng = random.Random(1)


def tree(depth):
    if depth == 0:
        return rng.choice([None, True, rng.randrange(1 << 70), rng.random(), "x" * rng.randrange(90)])
    if depth % 2:
        return {"key%d" % rng.randrange(1000): tree(depth - 1) for _ in range(7)}
    return [tree(depth - 1) for _ in range(6)]


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


document = {"name": "döcument", "items": [tree(5) for _ in range(8)]}
text = json.dumps(document, sort_keys=True, indent=1)
print("json", len(text), digest(text))
for _ in range(3):
    assert json.loads(text) == document
print("compact", digest(json.dumps(json.loads(text), separators=(",", ":"))))

words = ["%x" % (rng.getrandbits(40)) for _ in range(60000)]
counts = {}
for word in words * 2:
    counts[word[:4]] = counts.get(word[:4], 0) + 1
for key in list(counts)[::2]:
    del counts[key]
print("counts", len(counts), sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:5])

groups = {}
for word in words:
    groups.setdefault(len(set(word)), []).append(word)
print("groups", {size: digest("".join(sorted(group))) for size, group in sorted(groups.items())})

live = {}
for step in range(120000):
    slot = rng.randrange(20000)
    live[slot] = bytes([step & 255]) * rng.randrange(1, 700)
print("live", len(live), hashlib.sha256(b"".join(live[k] for k in sorted(live))).hexdigest())

grown = bytearray()
for step in range(3000):
    grown += b"%d," % step * (step % 97)
print("grown", len(grown), hashlib.sha256(grown).hexdigest())

cycles = []
for step in range(25000):
    node = {"step": step}
    node["self"] = [node, cycles[-1] if step % 10 else None] if cycles else [node]
    cycles.append(node)
print("cycles", sum(len(node["self"]) for node in cycles))
cycles.clear()
