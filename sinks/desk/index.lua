-- Keep each revision of an alert that is newer than the one held, and move the alert in the lists and counts of its places. One call takes many.
-- ARGV: 1 revisions kept of an alert, 2 entries of the live stream, 3 milliseconds now, 4 seconds that a day's counts are kept, 5 msgpack list of
--       revisions; each is a list:
--       1 alert hash, 2 list of revisions, 3 set of the case, 4 set of the person, 5 alert id, 6 revision, 7 handling_version,
--       8 facet ('' = the premise does not hold), 9 live (shown as it comes), 10 day of detection, 11 places joined by ',',
--       12-14 scores of due, new, amount, 15 day of the log, 16 change and rule
--       and from 6 on, for each revision in turn: its brief, the revision as stored (cmsgpack reads no bytes)
-- Returns how many were kept.
local PREFIX = 'canbao:desk:'
local SORTS = {'due', 'new', 'amount'}
local LIVE, FRESH = PREFIX .. 'live', PREFIX .. 'fresh'
local most, kept, newest, days = tonumber(ARGV[1]), 0, 0, {}

local function lists(place, facet)
  return PREFIX .. 'list:' .. place .. ':' .. facet .. ':'
end

local function leave(place, facet, id)
  for _, sort in ipairs(SORTS) do
    redis.call('ZREM', lists(place, facet) .. sort, id)
  end
  if redis.call('HINCRBY', PREFIX .. 'counts:' .. place, facet, -1) <= 0 then
    redis.call('HDEL', PREFIX .. 'counts:' .. place, facet)
  end
end

local function count(place, one)
  local day = PREFIX .. 'day:' .. place .. ':' .. one[15]
  local of_day = days[day] or {}
  of_day[one[16]] = (of_day[one[16]] or 0) + 1
  days[day] = of_day
end

local function keep(one, brief, stored)
  local held = redis.call('HMGET', one[1], 'revision', 'handling', 'facet', 'places')
  if held[1] then
    local revision, handling = tonumber(held[1]), tonumber(held[2])
    if one[6] < revision or (one[6] == revision and one[7] <= handling) then
      return
    end
  end
  local facet = one[8]
  local stays = held[3] == facet and held[4] == one[11] -- then only its scores may change
  if held[3] and held[3] ~= '' and not stays then
    for place in string.gmatch(held[4], '%d+') do leave(place, held[3], one[5]) end
  end
  redis.call('HSET', one[1], 'revision', one[6], 'handling', one[7], 'facet', facet, 'places', one[11], 'brief', brief)
  if redis.call('LPUSH', one[2], stored) > most then redis.call('LTRIM', one[2], 0, most - 1) end
  redis.call('ZADD', one[3], one[10], one[5])
  redis.call('ZADD', one[4], one[10], one[5])
  for place in string.gmatch(one[11], '%d+') do
    if facet ~= '' then
      for index, sort in ipairs(SORTS) do
        redis.call('ZADD', lists(place, facet) .. sort, one[11 + index], one[5])
      end
      if not stays then redis.call('HINCRBY', PREFIX .. 'counts:' .. place, facet, 1) end
    end
    count(place, one)
  end
  if one[9] then redis.call('XADD', LIVE, 'MAXLEN', '~', ARGV[2], '*', 'brief', brief) end
  newest, kept = math.max(newest, one[15]), kept + 1
end

for number, one in ipairs(cmsgpack.unpack(ARGV[5])) do keep(one, ARGV[4 + 2 * number], ARGV[5 + 2 * number]) end
for day, counts in pairs(days) do
  for field, number in pairs(counts) do redis.call('HINCRBY', day, field, number) end
  redis.call('EXPIRE', day, ARGV[4])
end
if kept > 0 then
  local held = redis.call('HGET', FRESH, 'as_of')
  if not held or tonumber(held) < newest then redis.call('HSET', FRESH, 'as_of', newest) end
  redis.call('HSET', FRESH, 'written_ms', ARGV[3])
end
return kept
