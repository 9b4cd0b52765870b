-- Keep one revision of an alert if it is newer than the one held; a repeat or an older one changes nothing.
-- KEYS: 1 alert hash, 2 stream of the division
-- ARGV: 1 revision, 2 handling_version, 3 open (1 = the premise holds), 4 deliver (1 = goes to the stream), 5 stream length,
--       6 alert id, 7 score (day of detection), 8 set of the person's open alerts, 9 set of the division's and rule's,
--       10 rule, 11 level, 12 change, 13 premise, 14 JSON
-- Returns 1 when kept, 0 when not.
local held = redis.call('HMGET', KEYS[1], 'revision', 'handling_version', 'person_set', 'division_set', 'stream')
local revision, handling = tonumber(ARGV[1]), tonumber(ARGV[2])
if held[1] then
  local old_revision, old_handling = tonumber(held[1]), tonumber(held[2])
  if revision < old_revision or (revision == old_revision and handling <= old_handling) then
    return 0
  end
  redis.call('ZREM', held[3], ARGV[6])
  redis.call('ZREM', held[4], ARGV[6])
end
redis.call('HSET', KEYS[1], 'revision', ARGV[1], 'handling_version', ARGV[2], 'person_set', ARGV[8], 'division_set', ARGV[9], 'stream', KEYS[2],
  'rule', ARGV[10], 'level', ARGV[11], 'change', ARGV[12], 'premise', ARGV[13], 'json', ARGV[14])
if ARGV[3] == '1' then
  redis.call('ZADD', ARGV[8], ARGV[7], ARGV[6])
  redis.call('ZADD', ARGV[9], ARGV[7], ARGV[6])
end
if ARGV[4] == '1' then
  local function add(stream)
    redis.call('XADD', stream, 'MAXLEN', '~', ARGV[5], '*', 'alert_id', ARGV[6], 'revision', ARGV[1], 'handling_version', ARGV[2],
      'rule', ARGV[10], 'level', ARGV[11], 'change', ARGV[12], 'premise', ARGV[13], 'json', ARGV[14])
  end
  add(KEYS[2])
  if held[5] and held[5] ~= KEYS[2] then
    add(held[5]) -- the division that had it until now learns that it moved
  end
end
return 1
