-- Tables, strings, closures, coroutines and the collector.
local state = 7
local function random(limit)
  state = (state * 6364136223846793005 + 1442695040888963407) & 0x7fffffffffffffff
  return (state >> 33) % limit
end

local function digest(text)
  local sum = 5381
  for i = 1, #text do sum = (sum * 33 + text:byte(i)) % 4294967291 end
  return sum
end

local live = {}
for step = 1, 300000 do
  live[random(5000)] = { step, name = "n" .. step % 1000, [step % 7] = ("x"):rep(random(40)) }
end
local total = 0
for slot = 0, 4999 do total = total + (live[slot] and live[slot][1] + #live[slot].name or 0) end
print("live", total)

local words, counts = {}, {}
for i = 1, 60000 do
  local word = string.format("%x", random(4096))
  words[i] = word
  counts[word] = (counts[word] or 0) + 1
end
local keys = {}
for key in pairs(counts) do keys[#keys + 1] = key end
table.sort(keys, function(a, b) return counts[a] ~= counts[b] and counts[a] > counts[b] or
    counts[a] == counts[b] and a < b end)
print("counts", #keys, table.concat(keys, " ", 1, 10))
local text = table.concat(words, ",")
print("text", #text, digest(text))
print("changed", digest((text:gsub("(%x)(%x*),", "%2%1;"))))
local pieces = {}
for piece in text:gmatch("[^,]*7[^,]*") do pieces[#pieces + 1] = piece:upper():reverse() end
print("pieces", #pieces, digest(table.concat(pieces)))

local function walk(depth)
  if depth == 0 then coroutine.yield(depth) return end
  walk(depth - 1)
  coroutine.yield(depth)
  walk(depth - 1)
end
local sum = 0
for i = 1, 2000 do
  local limit = i % 7 + 1
  for depth in coroutine.wrap(function() walk(limit) end) do sum = sum + depth * i end
end
print("coroutines", sum)

local finalized = 0
for i = 1, 20000 do setmetatable({ i }, { __gc = function() finalized = finalized + 1 end }) end
local weak = setmetatable({}, { __mode = "v" })
for i = 1, 20000 do weak[i] = { i } end
collectgarbage()
collectgarbage()
print("finalized", finalized, "weak", #weak)
collectgarbage("generational")
local chain
for i = 1, 200000 do chain = { next = i % 1000 ~= 0 and chain or nil, i } end
print("chain", chain[1], pcall(string.rep, "x", 1 << 62))
