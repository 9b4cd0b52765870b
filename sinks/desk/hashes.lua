-- Several small hashes as one string, so that the reader parses one reply: fields as name TAB value LF, hashes ended by RS.
local parts = {}
for _, key in ipairs(KEYS) do
  local held = redis.call('HGETALL', key)
  for at = 1, #held, 2 do parts[#parts + 1] = held[at] .. '\t' .. held[at + 1] .. '\n' end
  parts[#parts + 1] = '\30'
end
return table.concat(parts)
