-- How many entries of each sorted set lie between two scores, as one string with commas.
local parts = {}
for index, key in ipairs(KEYS) do parts[index] = redis.call('ZCOUNT', key, ARGV[1], ARGV[2]) end
return table.concat(parts, ',')
