"""The sqlite3 module, pickle, csv and XML modules: C extensions with their own use of malloc."""

import csv
import hashlib
import io
import pickle
import random
import sqlite3
import xml.etree.ElementTree as ElementTree

rng = random.Random(2)
database = sqlite3.connect(":memory:")
database.execute("create table part(id integer primary key, name text, weight real, data blob)")
database.executemany(
    "insert into part(name, weight, data) values(?, ?, ?)",
    (("part-%05d" % rng.randrange(90000), rng.random(), rng.randbytes(rng.randrange(200)))
     for _ in range(20000)))
database.execute("create index part_name on part(name)")
database.create_function("twice", 1, lambda text: text + text)
for row in database.execute("select twice(substr(name, 1, 7)), count(*), round(sum(weight), 6), "
                            "max(length(data)) from part group by 1 order by 1 limit 12"):
    print("row", row)
rows = database.execute("select * from part order by name, id").fetchall()
print("dump", hashlib.sha256("\n".join(database.iterdump()).encode()).hexdigest())

pickled = pickle.dumps(rows)
assert pickle.loads(pickled) == rows
print("pickle", len(pickled), hashlib.sha256(pickled).hexdigest())
sheet = io.StringIO()
csv.writer(sheet).writerows(row[:3] for row in rows)
assert len(list(csv.reader(io.StringIO(sheet.getvalue())))) == len(rows)
print("csv", hashlib.sha256(sheet.getvalue().encode()).hexdigest())

root = ElementTree.Element("parts")
for number, name, weight, _ in rows[:8000]:
    part = ElementTree.SubElement(root, "part", id=str(number))
    ElementTree.SubElement(part, "name").text = name
    ElementTree.SubElement(part, "weight").text = "%.9f" % weight
text = ElementTree.tostring(root)
again = ElementTree.fromstring(text)
print("xml", len(again.findall("./part/name")), hashlib.sha256(ElementTree.tostring(again)).hexdigest())
with open("parts.xml", "wb") as output:
    output.write(text)
