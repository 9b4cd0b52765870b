-- Keep one revision of an alert if it is newer than the one held, and move the alert in the lists and counts of its places.
-- KEYS: 1 alert hash, 2 revisions, 3 case, 4 person, 5 live stream, 6 freshness
-- ARGV: 1 revision, 2 handling_version, 3 open (1 = the premise holds), 4 live (1 = shown as it comes), 5 alert id, 6 day of detection,
--       7 facet, 8 places joined by ',', 9-11 scores of due, new, amount, 12 brief, 13 revision as stored, 14 revisions kept,
--       15 entries of the stream, 16 day of the log, 17 change and rule, 18 milliseconds now, 19 seconds that a day's counts are kept
-- Returns 1 when kept, 0 when not.
local PREFIX = 'canbao:desk:'
local SORTS = {'due', 'new', 'amount'}
local held = redis.call('HMGET', KEYS[1], 'revision', 'handling', 'facet', 'places')
local revision, handling = tonumber(ARGV[1]), tonumber(ARGV[2])
if held[1] then
  local old_revision, old_handling = tonumber(held[1]), tonumber(held[2])
  if revision < old_revision or (revision == old_revision and handling <= old_handling) then
    return 0
  end
end
local function lists(place, facet)
  return PREFIX .. 'list:' .. place .. ':' .. facet .. ':'
end
if held[3] and held[3] ~= '' then
  for place in string.gmatch(held[4], '%d+') do
    for _, sort in ipairs(SORTS) do
      redis.call('ZREM', lists(place, held[3]) .. sort, ARGV[5])
    end
    if redis.call('HINCRBY', PREFIX .. 'counts:' .. place, held[3], -1) <= 0 then
      redis.call('HDEL', PREFIX .. 'counts:' .. place, held[3])
    end
  end
end
local open = ARGV[3] == '1'
redis.call('HSET', KEYS[1], 'revision', ARGV[1], 'handling', ARGV[2], 'facet', open and ARGV[7] or '', 'places', ARGV[8], 'brief', ARGV[12])
redis.call('LPUSH', KEYS[2], ARGV[13])
redis.call('LTRIM', KEYS[2], 0, ARGV[14] - 1)
redis.call('ZADD', KEYS[3], ARGV[6], ARGV[5])
redis.call('ZADD', KEYS[4], ARGV[6], ARGV[5])
for place in string.gmatch(ARGV[8], '%d+') do
  if open then
    for index, sort in ipairs(SORTS) do
      redis.call('ZADD', lists(place, ARGV[7]) .. sort, ARGV[8 + index], ARGV[5])
    end
    redis.call('HINCRBY', PREFIX .. 'counts:' .. place, ARGV[7], 1)
  end
  local day = PREFIX .. 'day:' .. place .. ':' .. ARGV[16]
  redis.call('HINCRBY', day, ARGV[17], 1)
  redis.call('EXPIRE', day, ARGV[19])
end
if ARGV[4] == '1' then
  redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[15], '*', 'brief', ARGV[12])
end
local newest = redis.call('HGET', KEYS[6], 'as_of')
if not newest or tonumber(newest) < tonumber(ARGV[16]) then
  redis.call('HSET', KEYS[6], 'as_of', ARGV[16])
end
redis.call('HSET', KEYS[6], 'written_ms', ARGV[18])
return 1
