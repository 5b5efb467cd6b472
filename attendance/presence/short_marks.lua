-- A mark that stands for a short while, for all processes.
--
-- KEYS   the mark.
-- ARGV   for how many milliseconds it is to stand from now on (0: it is only looked at), and 1 where one that
--        stands is left as it is.
-- Answer whether it stood before.

local stood = redis.call('EXISTS', KEYS[1])
local holds_ms = tonumber(ARGV[1])
if holds_ms > 0 and not (stood == 1 and ARGV[2] == '1') then
    redis.call('SET', KEYS[1], '1', 'PX', holds_ms)
end
return stood
