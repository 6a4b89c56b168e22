# Large arrays: arrays.awk FILE
BEGIN { FS = "\t" }
{
  name[$1] = $2
  n = split($3, words, " ")
  for (i = 1; i <= n; i++) {
    count[words[i]]++
    seen[words[i], $1 % 100] = seen[words[i], $1 % 100] " " $1
  }
}
END {
  for (key in seen) total += length(seen[key])
  for (id in name) letters += length(name[id])
  for (word in count) words_seen++
  print NR, words_seen, total, letters
}
