#!/bin/bash
# git: a repository made of fixed commits: log, rename detection, blame, merge, gc, repack, fsck,
# clone. Packs are compared byte by byte where one thread writes them, by contents otherwise.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require gawk gawk
require git git

export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_PAGER=cat GIT_TERMINAL_PROMPT=0
export GIT_AUTHOR_NAME=Author GIT_AUTHOR_EMAIL=author@example.com
export GIT_COMMITTER_NAME=Committer GIT_COMMITTER_EMAIL=committer@example.com

expect_bound malloc git -c init.defaultBranch=main init probe

clock=1700000000
commit() {
  clock=$((clock + 3600))
  export GIT_AUTHOR_DATE="$clock +0000" GIT_COMMITTER_DATE="$clock +0000"
  under git add -A
  under git commit -q -m "$1"
}

# text SEED LINES: some lines that depend on SEED only.
text() {
  gawk -v seed="$1" -v lines="$2" 'BEGIN {
    for (i = 1; i <= lines; i++) {
      seed = (seed * 16807 + i) % 2147483647
      printf "%d line %d of %s\n", seed, i, substr("abcdefghijklmnopqrstuvwxyz", seed % 20 + 1, 6)
    }
  }'
}

make_repository() {
  under git init -q -b main .
  under git config gc.auto 0
  under git config pack.threads 1
  under git config core.preloadIndex false
  under git config core.fsync none
  local round file
  mkdir source docs
  for file in {1..60}; do text "$file" $((file * 12)) >"source/file$file.txt"; done
  text 99 4000 >docs/large.txt
  commit "Start"
  for round in {1..8}; do
    for file in {1..60}; do
      ((file % 8 == round % 8)) && text "$((round * 100 + file))" 5 >>"source/file$file.txt"
    done
    sed -i "$((round * 300))s/.*/changed in round $round/" docs/large.txt
    commit "Round $round"
  done
  mkdir moved
  for file in {1..60..3}; do
    under git mv "source/file$file.txt" "moved/renamed$file.txt"
    echo "one more line $file" >>"moved/renamed$file.txt"
  done
  commit "Move a third"
  under git tag -a -m "A tag" v1
  under git checkout -q -b side v1~3
  sed -i '10s/.*/changed on the side/' docs/large.txt
  text 5000 50 >side.txt
  commit "Side"
  under git checkout -q main
  clock=$((clock + 60))
  export GIT_AUTHOR_DATE="$clock +0000" GIT_COMMITTER_DATE="$clock +0000"
  under git merge -q --no-edit side
}

# Files that hold times and inode numbers, or the time of day.
remove_varying() {
  find . -path '*/.git/*' \( -name index -o -name '*.mtimes' -o -name '*.sample' -o -name logs \
    -o -name gc.pid -o -name multi-pack-index \) -prune -exec rm -rf {} +
}

history() {
  under git log --stat -M --format='%H %an %ad %s' | cat
  under git log -p -M -C --find-copies-harder --no-ext-diff -3 | cat
  under git log --follow --oneline -- moved/renamed4.txt
  under git diff --stat --histogram v1~8 main
  under git diff --patience --word-diff v1~8 v1 -- docs | sha256sum
  under git blame -w docs/large.txt | sha256sum
  under git blame -C -C moved/renamed7.txt | tail -n 3
  under git grep -c --threads=1 changed
  under git grep -n --threads=3 -E 'line 1[0-9] of (abc|tuv)' | sha256sum
  under git log -S'one more line 7' --oneline
  under git shortlog -sne main
  under git archive --format=tar v1 | sha256sum
  under git rev-list --all --objects | sort | sha256sum
}

repack() {
  under git gc --quiet --prune=now
  under git repack -q -a -d -f --depth=40 --window=30
  under git fsck --full --strict 2>&1
  under git count-objects -v | grep -v '^size'
  under git verify-pack -v .git/objects/pack/pack-*.idx | sha256sum
}

# Packing with two threads: which deltas it finds depends on timing, what it packs does not.
clone() {
  under git -c pack.threads=2 clone -q --no-local --bare . copy.git
  under git -C copy.git -c pack.threads=2 repack -q -a -d -f
  under git -C copy.git fsck --full 2>&1
  under git -C copy.git cat-file --batch-check --batch-all-objects
  under git -C copy.git cat-file --batch --batch-all-objects | sha256sum
  rm -rf copy.git
}

repository() {
  make_repository
  history
  repack
  clone
  remove_varying
}

compare repository
passed
