-- The newest entries of the live stream as one string: length of each brief, then the brief.
-- KEYS: 1 stream; ARGV: 1 entries
local parts = {}
for _, entry in ipairs(redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', ARGV[1])) do
  local brief = entry[2][2]
  parts[#parts + 1] = struct.pack('>I4', #brief) .. brief
end
return table.concat(parts)
