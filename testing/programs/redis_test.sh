#!/bin/bash
# redis-server on a unix socket: data written and read back, redis-benchmark's bounded load, forks
# that save while it writes, a restart from the file, a clean end. The data set's digest, which
# redis itself computes, has to be the system allocator's.
#
# Debian's redis is linked with a jemalloc of its own, which the library stands before: expect_bound
# shows that no call is left with jemalloc.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require gawk gawk
require redis-server redis-server
require redis-cli redis-tools
require redis-benchmark redis-tools

expect_bound malloc redis-server --version

server=""
stop_server() {
  [[ -z "$server" ]] || kill "$server" 2>/dev/null || true
}

# The path of a socket may have 108 bytes at most, hence the relative name.
cli() { redis-cli -s redis.sock "$@"; }

# start_server OPTION...: in the current directory; nothing it does depends on the clock.
start_server() {
  under redis-server --port 0 --unixsocket redis.sock --save '' --appendonly no --daemonize no \
    --enable-debug-command local --lazyfree-lazy-user-del yes --lazyfree-lazy-server-del yes \
    --logfile server.log --dbfilename dump.rdb --dir . "$@" &
  server=$!
  trap stop_server EXIT
  local tries
  for ((tries = 0; tries < 300; tries++)); do
    [[ "$(cli PING 2>/dev/null || true)" != PONG ]] || break
    kill -0 "$server" 2>/dev/null || fail "redis-server ended: $(tail -n 5 server.log)"
    sleep 0.05
  done
  cli PING
  local pid
  pid="$(cli INFO server | tr -d '\r' | sed -n 's/^process_id://p')"
  [[ -z "$preload" ]] || expect_mapped "$pid"
}

# end_server: asks the server to end, which it has to do with status 0.
end_server() {
  cli SHUTDOWN NOSAVE || true
  local status=0
  wait "$server" || status=$?
  server=""
  echo "server ended with $status"
  if grep -nE 'REDIS BUG|crashed by signal|Guru' server.log >&2; then return 1; fi
}

commands() {
  gawk 'BEGIN {
    seed = 11
    for (i = 0; i < 1500; i++) {
      seed = (seed * 16807) % 2147483647
      size = seed % 400; if (i % 200 == 0) size = seed % 60000
      value = sprintf("%*s", size, ""); gsub(/ /, "v", value)
      printf "SET string:%d \"%d%s\"\n", i % 3000, i, value
      printf "HSET hash:%d field%d \"%s\"\n", i % 40, i % 700, substr(value, 1, 90)
      printf "RPUSH list:%d \"%d%s\"\n", i % 30, i, substr(value, 1, 200)
      printf "ZADD zset:%d %d member%d\n", i % 20, seed % 100000, i
      printf "SADD set:%d %d member%d\n", i % 25, seed % 5000, seed % 900
      printf "APPEND log:%d \"%s,\"\n", i % 5, substr(value, 1, 60)
      if (i % 10 == 0) printf "XADD stream 1-%d key%d \"%s\"\n", i + 1, i % 9, substr(value, 1, 50)
      if (i % 50 == 0) printf "SETRANGE big:%d %d end\n", i % 7, i * 100
      if (i % 3 == 0) printf "DEL string:%d\n", (i * 7) % 3000
      if (i % 100 == 99) printf "LTRIM list:%d 10 -1\n", i % 30
      if (i % 500 == 499) printf "UNLINK hash:%d\n", i % 40
      if (i % 1000 == 0) printf "SETBIT bits %d 1\n", i * 977
    }
    print "COPY zset:1 zset:copy"
    print "ZUNIONSTORE zset:union 3 zset:2 zset:3 zset:4"
    print "SUNIONSTORE set:union set:1 set:2 set:3"
    print "SORT set:union LIMIT 0 20 ALPHA"
    print "EVAL \"local t = {} for i = 1, 20000 do t[i] = redis.sha1hex(i) end " \
      "redis.call(\047SET\047, \047script\047, table.concat(t)) return #t\" 0"
    print "PFADD hyper a b c d e f g"
    print "GEOADD places 13.361389 38.115556 Palermo 15.087269 37.502669 Catania"
  }'
}

summary() {
  echo "keys $(cli DBSIZE), digest $(cli DEBUG DIGEST)"
  cli GET string:1498
  cli HGETALL hash:3 | sort | sha256sum
  cli LRANGE list:7 0 -1 | sha256sum
  cli ZRANGE zset:5 0 30 WITHSCORES
  cli XLEN stream
  cli GETRANGE big:1 100000 -1 | tr '\0' '0' | tail -c 50
}

# benchmark OPTION...: a bounded number of operations by many clients at once.
benchmark() {
  if ! redis-benchmark -s redis.sock --csv "$@" >benchmark.txt 2>&1; then
    cat benchmark.txt >&2
    return 1
  fi
  if grep -iE 'error|could not' benchmark.txt >&2; then return 1; fi
  cut -d, -f1 benchmark.txt
}

load() {
  benchmark -n 8000 -c 20 -P 8 -d 200 \
    -t set,get,incr,lpush,rpush,lpop,rpop,sadd,hset,zadd,lrange_100,mset
  benchmark -n 2000 -c 10 -d 20000 -t set,get
  benchmark -n 4000 -c 10 -r 500 -d 60 -t lpush,set,sadd
}

# What the load left depends on chance.
remove_load() {
  cli EVAL 'local n = 0 for _, k in ipairs(redis.call("KEYS", "key:*")) do
    redis.call("UNLINK", k) n = n + 1 end return n > 0 and "cleaned" or "nothing"' 0
  cli UNLINK mylist myset myhash myzset counter:__rand_int__ >/dev/null
}

session() {
  start_server
  commands | cli >replies.txt
  sha256sum <replies.txt
  if grep -n 'ERR' replies.txt >&2; then return 1; fi
  summary
  cli BGSAVE
  load
  cli GET string:1498
  while cli INFO persistence | grep -q rdb_bgsave_in_progress:1; do sleep 0.05; done
  cli INFO persistence | grep rdb_last_bgsave_status
  remove_load
  cli DEBUG RELOAD
  summary
  cli SAVE
  end_server
  # Threads that read and write for the clients: they spin, so only a few operations on two cores.
  start_server --io-threads 2 --io-threads-do-reads yes
  summary
  benchmark -n 300 -c 20 -d 3000 -r 100 -t set,get
  remove_load
  summary
  cli FLUSHALL ASYNC
  cli DBSIZE
  end_server
  rm -f redis.sock server.log benchmark.txt replies.txt dump.rdb
}

compare session
passed
