-- The first rows behind a cursor over the sorted sets of several facets, merged in order; read only.
-- KEYS: the sets
-- ARGV: 1 rows wanted, 2 lowest score, 3 highest score, 4-6 cursor (rank, score, id; rank -1 = from the beginning), then the rank of each set
-- Returns one string, so that the reader parses one reply: for each row '>BdI' rank, score, length of id and brief, then id (32) and brief.
-- One row more than wanted says that more follow.
local limit = tonumber(ARGV[1]) + 1
local after_rank, after_score, after_id = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local best = {}
local function before(one, other)
  if one[1] ~= other[1] then return one[1] < other[1] end
  if one[2] ~= other[2] then return one[2] < other[2] end
  return one[3] < other[3]
end
local function take(entry)
  if after_rank >= 0 and not before({after_rank, after_score, after_id}, entry) then return end
  best[#best + 1] = entry
end
local function cut()
  table.sort(best, before)
  for index = #best, limit + 1, -1 do best[index] = nil end
end
for index, key in ipairs(KEYS) do
  local rank = tonumber(ARGV[6 + index])
  local worst = best[limit]
  if rank >= after_rank and not (worst and worst[1] < rank) then
    local low = ARGV[2]
    if rank == after_rank then low = string.format('%.0f', math.max(tonumber(low), after_score)) end
    local high = ARGV[3]
    if worst and worst[1] == rank then high = string.format('%.0f', math.min(tonumber(high), worst[2])) end
    local offset, fresh = 0, true
    while fresh do -- equals of the cursor's score are passed over, so a chunk may give nothing new
      local had = #best
      local found = redis.call('ZRANGE', key, low, high, 'BYSCORE', 'LIMIT', offset, limit, 'WITHSCORES')
      for at = 1, #found, 2 do take({rank, tonumber(found[at + 1]), found[at]}) end
      offset = offset + limit
      fresh = #found == 2 * limit and #best - had < limit
    end
    cut()
  end
end
local parts = {}
for _, entry in ipairs(best) do
  local brief = redis.call('HGET', 'canbao:desk:alert:' .. entry[3], 'brief') or ''
  parts[#parts + 1] = struct.pack('>BdI4', entry[1], entry[2], #entry[3] + #brief) .. entry[3] .. brief
end
return table.concat(parts)
