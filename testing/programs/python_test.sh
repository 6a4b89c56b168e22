#!/bin/bash
# python3, every object by malloc: dictionaries and JSON, threads, processes, ctypes, databases.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require python3 python3
export PYTHONMALLOC=malloc PYTHONDONTWRITEBYTECODE=1

expect_bound malloc python3 -c 'import ctypes, json, sqlite3, subprocess
subprocess.run(["true"], check=True)'

script() { under python3 -s "$PROGRAMS_DIR/python/$1.py"; }

compare script json_dict
compare script threads
compare script processes
compare script foreign
compare script database
passed
