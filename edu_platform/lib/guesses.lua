-- Counts wrong guesses of one client address.
--
-- KEYS   the count.
-- ARGV   what to do ('look' or 'count'), and for how many milliseconds a count holds from its first guess on.
-- Answer how many there are.

if ARGV[1] == 'look' then
    return tonumber(redis.call('GET', KEYS[1]) or 0)
end
local counted = redis.call('INCR', KEYS[1])
if counted == 1 then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return counted
