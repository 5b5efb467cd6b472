-- A mark that stands for a short while, for all processes.
--
-- KEYS   the mark.
-- ARGV   for how many milliseconds it is to stand from now on, and what to do: 'look', 'set', 'once' (set it unless it
--        stands; one that stands for much longer than is wanted counts as none), or 'end' (delete one that stands for no
--        longer than this); for 'once', how many milliseconds are much.
-- Answer whether it stood before.

local left_ms = redis.call('PTTL', KEYS[1])
local stood = left_ms > 0
local holds_ms, act = tonumber(ARGV[1]), ARGV[2]
if act == 'once' and left_ms > holds_ms + tonumber(ARGV[3]) then
    stood = false
end
if act == 'set' or (act == 'once' and not stood) then
    redis.call('SET', KEYS[1], '1', 'PX', holds_ms)
elseif act == 'end' and stood and left_ms <= holds_ms then
    redis.call('DEL', KEYS[1])
end
return stood and 1 or 0
