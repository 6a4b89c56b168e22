# Loads the redis server at the socket $1, prints what must not depend on the allocator, and stops
# it: redis_client.sh SOCKET REQUESTS
cli() { redis-cli -s "${socket}" "$@"; }
socket=$1
requests=$2
# Whatever happens: the server runs until it is told to stop.
trap 'cli shutdown nosave >/dev/null 2>&1' EXIT
tries=0
until cli ping >/dev/null 2>&1; do
  tries=$((tries + 1))
  [ "${tries}" -lt 500 ] || exit 1
  sleep 0.01
done
redis-benchmark -s "${socket}" -q -n "${requests}" -r 50000 -P 16 -d 300 \
  -t set,get,incr,lpush,sadd,hset,zadd >/dev/null || exit 1
cli llen mylist
cli flushall
cli eval "for i = 1, tonumber(ARGV[1]) do
  redis.call('HSET', 'h' .. i % 5000, i, string.rep('x', i % 200))
  redis.call('SET', 's' .. i, string.rep('y', i % 900))
  if i % 3 == 0 then redis.call('DEL', 's' .. (i - 50)) end
  end" 0 "${requests}"
cli dbsize
cli debug digest
