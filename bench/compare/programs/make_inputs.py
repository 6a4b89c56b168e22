#!/usr/bin/env python3
"""Makes the inputs of the real programs that //bench:compare runs.

  make_inputs.py SCALE DIRECTORY

DIRECTORY must not exist; it appears when all is there. The same script makes the same files on
every machine: what is random comes from fixed seeds, and the git repository has fixed dates.
"""

import json
import os
import random
import subprocess
import sys

WORDS = [
    "".join(random.Random(i).choices("etaoinshrdlucmfwypvbgkjqxz", k=2 + i % 11)) for i in range(5000)
]


def words(rng, count):
    return " ".join(rng.choices(WORDS, k=count))


def records(rng, count):
    """Nested objects, as an API returns them."""
    for number in range(count):
        yield {
            "id": number,
            "name": words(rng, 3),
            "tags": rng.choices(WORDS[:300], k=rng.randrange(8)),
            "score": round(rng.random() * 1000, 3),
            "active": rng.random() < 0.5,
            "address": {"street": words(rng, 2), "city": rng.choice(WORDS[:200])},
            "history": [
                {"day": rng.randrange(366), "amount": rng.randrange(10000)}
                for _ in range(rng.randrange(6))
            ],
        }


def make_json(path, scale):
    rng = random.Random(1)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(list(records(rng, int(60000 * scale))), file)


def make_xml(path, scale):
    rng = random.Random(2)
    with open(path, "w", encoding="utf-8") as file:
        file.write('<?xml version="1.0"?>\n<catalogue>\n')
        for record in records(rng, int(60000 * scale)):
            file.write('<item id="%d" active="%s">' % (record["id"], record["active"]))
            file.write("<name>%s</name>" % record["name"])
            for tag in record["tags"]:
                file.write("<tag>%s</tag>" % tag)
            for entry in record["history"]:
                file.write('<entry day="%d">%d</entry>' % (entry["day"], entry["amount"]))
            file.write("<city>%s</city></item>\n" % record["address"]["city"])
        file.write("</catalogue>\n")


def make_text(path, scale):
    rng = random.Random(3)
    with open(path, "w", encoding="utf-8") as file:
        for number in range(int(150000 * scale)):
            file.write("%d\t%s\t%s\n" % (number, words(rng, 2), words(rng, 6)))


def make_sql(path, scale):
    rng = random.Random(4)
    with open(path, "w", encoding="utf-8") as file:
        file.write("CREATE TABLE item(id INTEGER PRIMARY KEY, city TEXT, name TEXT, score REAL);\n")
        file.write("BEGIN;\n")
        for number in range(int(150000 * scale)):
            values = (number, rng.choice(WORDS[:500]), words(rng, 4), rng.random())
            file.write("INSERT INTO item VALUES(%d,'%s','%s',%.6f);\n" % values)
        file.write("COMMIT;\nCREATE INDEX by_city ON item(city, score);\n")
        file.write("CREATE INDEX by_name ON item(name);\n")
        file.write("SELECT city, count(*), sum(score), max(name) FROM item GROUP BY city;\n")
        file.write(
            "SELECT a.city, count(DISTINCT b.name) FROM item a JOIN item b ON a.name = b.name"
            " GROUP BY a.city ORDER BY 2 DESC, 1 LIMIT 20;\n"
        )
        file.write(
            "SELECT group_concat(name, ',') FROM (SELECT name FROM item ORDER BY score LIMIT 50000);\n"
        )


def make_cxx(path, scale):
    """A translation unit that is mostly instantiations of the standard library's templates."""
    headers = "algorithm functional map memory regex string tuple unordered_map variant vector"
    with open(path, "w", encoding="utf-8") as file:
        file.writelines("#include <%s>\n" % header for header in headers.split())
        for i in range(max(1, int(3 * scale))):
            file.write(
                """
struct T{0} {{ int v; bool operator<(const T{0}& o) const {{ return v < o.v; }} }};
int f{0}(int n) {{
  std::map<T{0}, std::vector<std::tuple<T{0}, std::string>>> m;
  std::unordered_map<std::string, std::variant<int, T{0}, std::shared_ptr<T{0}>>> u;
  for (int i = 0; i < n; ++i) {{
    m[T{0}{{i % 7}}].emplace_back(T{0}{{i}}, std::to_string(i));
    u[std::to_string(i)] = std::make_shared<T{0}>(T{0}{{i}});
  }}
  for (auto& [k, v] : m)
    std::sort(v.begin(), v.end(), [](auto& a, auto& b) {{ return std::get<0>(a) < std::get<0>(b); }});
  std::function<int(int)> g = [&](int x) {{ return x + static_cast<int>(u.size() + m.size()); }};
  return g({0});
}}
""".format(i)
            )


def make_git(path, scale):
    """A repository in which many files are edited and renamed in every commit."""
    rng = random.Random(5)
    git = ["git", "-C", path]
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", path], check=True)
    files = {"dir%d/file%d" % (i % 20, i): [words(rng, 8) for _ in range(120)] for i in range(400)}
    stream = []
    for commit in range(max(2, int(60 * scale))):
        message = "Commit %d" % commit
        stream.append("commit refs/heads/main\n")
        stream.append("committer A <a@example.org> %d +0000\n" % (1500000000 + commit * 3600))
        stream.append("data %d\n%s\n" % (len(message), message))
        names = sorted(files) if commit == 0 else rng.sample(sorted(files), 60)
        for name in names:
            lines = files.pop(name)
            for _ in range(12):
                lines[rng.randrange(len(lines))] = words(rng, 8)
            new_name = name if commit == 0 else "dir%d/moved%d_%s" % (
                rng.randrange(20), commit, name.rpartition("_")[2].replace("/", "-"))
            files[new_name] = lines
            text = "\n".join(lines) + "\n"
            if new_name != name:
                stream.append("D %s\n" % name)
            stream.append("M 644 inline %s\ndata %d\n%s\n" % (new_name, len(text), text))
    subprocess.run(
        git + ["fast-import", "--quiet"], input="".join(stream), text=True, check=True
    )


def make_postscript(path, scale):
    rng = random.Random(6)
    with open(path, "w", encoding="utf-8") as file:
        file.write("%!PS\n/Times-Roman findfont 11 scalefont setfont\n")
        for page in range(max(1, int(30 * scale))):
            for line in range(60):
                file.write("40 %d moveto (%s) show\n" % (770 - 12 * line, words(rng, 12)))
            for _ in range(300):
                points = tuple(rng.randrange(600) for _ in range(8))
                file.write("newpath %d %d moveto %d %d %d %d %d %d curveto stroke\n" % points)
            file.write("showpage %% %d\n" % page)


def make_smt(path, scale):
    """Pigeons, one more than there are holes: unsatisfiable, but only by a long search."""
    pigeons = 7 if scale < 1 else 8
    with open(path, "w", encoding="utf-8") as file:
        file.write("(set-logic QF_LIA)\n")
        for i in range(pigeons):
            file.write("(declare-fun p%d () Int)\n(assert (<= 1 p%d %d))\n" % (i, i, pigeons - 1))
            file.writelines("(assert (distinct p%d p%d))\n" % (i, j) for j in range(i))
        file.write("(check-sat)\n")


MAKERS = {
    "data.json": make_json,
    "data.xml": make_xml,
    "text.tsv": make_text,
    "data.sql": make_sql,
    "templates.cc": make_cxx,
    "repository.git": make_git,
    "pages.ps": make_postscript,
    "problem.smt2": make_smt,
}


def main(scale, directory):
    os.environ.update(GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL="/dev/null")
    parts = "%s.%d" % (directory, os.getpid())
    os.makedirs(parts)
    for name, make in MAKERS.items():
        make(os.path.join(parts, name), float(scale))
    os.rename(parts, directory)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
