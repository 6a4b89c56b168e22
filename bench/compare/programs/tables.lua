-- Trees and tables: tables.lua DEPTH
local function tree(depth)
  if depth == 0 then return {} end
  return {left = tree(depth - 1), right = tree(depth - 1), depth = depth}
end

local function count(node)
  if not node.left then return 1 end
  return 1 + count(node.left) + count(node.right)
end

local depth = tonumber(arg[1])
local kept = tree(depth)
for d = 4, depth, 2 do
  local nodes = 0
  for _ = 1, 1 << (depth - d) do nodes = nodes + count(tree(d)) end
  print(d, nodes)
end
local words = {}
for i = 1, 1 << depth do
  local key = "key" .. (i * 7919 % 65536)
  words[key] = (words[key] or "") .. i % 10
end
local length = 0
for _, value in pairs(words) do length = length + #value end
print(count(kept), length)
