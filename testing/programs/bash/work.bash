# Run by bash_test.sh, both with and without the library.
set -u

state=9
random() { # random LIMIT: sets REPLY
  ((state = (state * 1103515245 + 12345) % 2147483648, REPLY = (state >> 16) % $1))
}

declare -A count
declare -a words
for ((i = 0; i < 12000; i++)); do
  random 900
  words[i]="word$REPLY"
  count[word$REPLY]=$((${count[word$REPLY]:-0} + 1))
done
echo "words ${#words[@]} ${#count[@]}"
for key in "${!count[@]}"; do echo "$key ${count[$key]}"; done | sort | cksum
unset 'words[7]' 'count[word5]'
text="${words[*]}"
echo "text ${#text} ${text:1000:60}"
text="${text//word/<w>}"
echo "replaced ${#text} ${text: -50}"
upper="${text^^}"
[[ "$upper" =~ (W\>[0-9]*7)\ (\<W\>8[0-9]) ]] && echo "match ${BASH_REMATCH[1]} ${BASH_REMATCH[2]}"

fibonacci() {
  local n=$1 a b
  ((n < 2)) && REPLY=$n && return
  fibonacci $((n - 1)); a=$REPLY
  fibonacci $((n - 2)); b=$REPLY
  REPLY=$((a + b))
}
fibonacci 14
echo "fibonacci $REPLY"

grown=""
for ((i = 0; i < 3000; i++)); do grown+="$i,"; done
echo "grown ${#grown}"
mapfile -t lines < <(for ((i = 0; i < 5000; i++)); do echo "line $i of $((i * i))"; done)
echo "lines ${#lines[@]} ${lines[4321]}"
for ((i = 0; i < 30; i++)); do result="$(echo "$i" | { read -r x; echo $((x + 1)); })"; done
echo "subshells $result"
cat <<END | cksum
$(printf '%s\n' "${lines[@]}")
END
trap 'echo "trapped $?"' EXIT
printf -v padded '%050d|%-40s|%q' 42 left "a 'quoted' \$string"
echo "$padded"
echo names: {a..m}{1..90} | cksum
eval "f() { echo \"evaluated \$1\"; }"
f 1
exit 3
