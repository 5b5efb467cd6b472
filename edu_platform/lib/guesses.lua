-- Counts wrong guesses of one client address, and knows the secret addresses that worked lately.
--
-- KEYS   the count of the client address; the mark of the secret address that is asked for.
-- ARGV   what to do ('look', 'count' or 'pass'), and for how many milliseconds that holds: a count from its first guess
--        on, a mark from now on.
-- Answer how many wrong guesses there are; 0 for a secret address that worked lately.

if ARGV[1] == 'pass' then
    redis.call('SET', KEYS[2], '', 'PX', ARGV[2])
    return 0
end
if ARGV[1] == 'look' then
    if redis.call('EXISTS', KEYS[2]) == 1 then
        return 0
    end
    return tonumber(redis.call('GET', KEYS[1]) or 0)
end
redis.call('DEL', KEYS[2])
local counted = redis.call('INCR', KEYS[1])
if counted == 1 then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return counted
