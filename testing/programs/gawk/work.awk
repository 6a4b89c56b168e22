function random(limit) {
  state = (state * 16807 + 7) % 2147483647
  return state % limit
}

function digest(text,    i, sum, n, parts) {
  n = split(text, parts, "")
  sum = 5381
  for (i = 1; i <= n; i++) sum = (sum * 33 + index(alphabet, parts[i])) % 4294967291
  return sum
}

function depth(n,    array) {
  array[n] = n
  return n == 0 ? 0 : depth(n - 1) + length(array)
}

BEGIN {
  state = 5
  alphabet = "abcdefghijklmnopqrstuvwxyz0123456789 ,:;=-"
  for (i = 0; i < 60000; i++) {
    word = sprintf("%c%c%x", 97 + random(26), 97 + random(26), random(99))
    count[word]++
    if (i % 3 == 0) last[random(500)] = last[random(500)] word
  }
  PROCINFO["sorted_in"] = "@ind_str_asc"
  for (word in count) if (count[word] > 5) text = text word ":" count[word] ";"
  print "counts", length(count), length(text), digest(text)
  for (n in last) if (n % 2) delete last[n]
  joined = ""
  for (n in last) joined = joined n "=" last[n] ","
  print "joined", length(joined), digest(joined)
  print "gsub", gsub(/[0-9]+/, "<&&>", joined), length(joined)
  print "gensub", digest(gensub(/([a-z]+)<([0-9]+)>/, "\\2\\1", "g", joined))
  n = patsplit(joined, pieces, /[a-z]+/)
  asort(pieces)
  print "pieces", n, pieces[1], pieces[int(n / 2)], pieces[n]
  for (i = 0; i < 200; i++) for (j = 0; j < 200; j++) matrix[i][j] = i * j
  for (i = 0; i < 200; i++) for (j = 0; j < 200; j++) total += matrix[i][(j * 7) % 200]
  print "matrix", total, "depth", depth(2000)
  for (i = 0; i < 5000; i++) print random(100000) | "sort -n | tail -n 3"
  close("sort -n | tail -n 3")
  while (("seq 3000" | getline line) > 0) sum += line
  print "sum", sum
  print toupper(substr(text, 1, 40)), length(sprintf("%5000s", "x")), match(text, /z[a-f]+/)
}
