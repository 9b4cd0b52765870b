-- Keep each revision of an alert that is newer than the one held; a repeat or an older one changes nothing. One call takes many.
-- ARGV: 1 stream length, 2 mark of a filled server, 3 msgpack list of revisions; each is a list:
--       1 alert id, 2 revision, 3 handling_version, 4 alert hash, 5 set of the person's open alerts, 6 set of the division's and rule's,
--       7 stream of the division, 8 open (the premise holds), 9 deliver (goes to the stream), 10 score (day of detection),
--       11 rule, 12 level, 13 change, 14 premise, 15 JSON of the alert, 16 JSON of the CloudEvents attributes
-- Returns how many were kept, and 1 where the server held no model before.
local length, kept = ARGV[1], 0
local fresh = redis.call('SETNX', ARGV[2], 1)

local function add(stream, one)
  redis.call('XADD', stream, 'MAXLEN', '~', length, '*', 'alert_id', one[1], 'revision', one[2], 'handling_version', one[3],
    'rule', one[11], 'level', one[12], 'change', one[13], 'premise', one[14], 'json', one[15], 'ce', one[16])
end

local function keep(one)
  local held = redis.call('HMGET', one[4], 'revision', 'handling_version', 'person_set', 'division_set', 'stream')
  if held[1] then
    local revision, handling = tonumber(held[1]), tonumber(held[2])
    if one[2] < revision or (one[2] == revision and one[3] <= handling) then
      return 0
    end
    redis.call('ZREM', held[3], one[1])
    redis.call('ZREM', held[4], one[1])
  end
  redis.call('HSET', one[4], 'revision', one[2], 'handling_version', one[3], 'person_set', one[5], 'division_set', one[6],
    'stream', one[7], 'rule', one[11], 'level', one[12], 'change', one[13], 'premise', one[14], 'json', one[15])
  if one[8] then
    redis.call('ZADD', one[5], one[10], one[1])
    redis.call('ZADD', one[6], one[10], one[1])
  end
  if one[9] then
    add(one[7], one)
    if held[5] and held[5] ~= one[7] then
      add(held[5], one) -- the division that had it until now learns that it moved
    end
  end
  return 1
end

for _, one in ipairs(cmsgpack.unpack(ARGV[3])) do
  kept = kept + keep(one)
end
return {kept, fresh}
