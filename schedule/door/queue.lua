-- Keeps the queue at the door: who came first is first, whether they stand here or wait outside.
--
-- KEYS   who stands here, by arrival; until when each counts as here; who waits outside, by arrival;
--        until when each is expected back.
-- ARGV   what to do (stand, wait outside, or leave), who it is, when they arrived (0: now, or as is
--        known), for how many milliseconds that holds, and how many microseconds longer with each ahead.
-- Answer when they arrived, how many stand here before them, and how many wait outside before them.
-- Times are microseconds, by this server's clock.

local HERE, HERE_UNTIL, OUTSIDE, BACK_BY = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local KEPT_MS = 3600 * 1000

local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local act, who, holds = ARGV[1], ARGV[2], tonumber(ARGV[4]) * 1000

local function forget(queue, untils)
    for _, gone in ipairs(redis.call('ZRANGEBYSCORE', untils, '-inf', now)) do
        redis.call('ZREM', queue, gone)
        redis.call('ZREM', untils, gone)
    end
end

local function exact(number)
    return string.format('%.0f', number)
end

if act == 'leave' then
    redis.call('ZREM', HERE, who)
    redis.call('ZREM', HERE_UNTIL, who)
    return {0, 0, 0}
end

local arrived = tonumber(ARGV[3])
arrived = arrived > 0 and math.min(arrived, now) or now
for _, queue in ipairs({HERE, OUTSIDE}) do
    arrived = math.min(arrived, tonumber(redis.call('ZSCORE', queue, who) or now))
end
forget(HERE, HERE_UNTIL)
forget(OUTSIDE, BACK_BY)
for _, key in ipairs(KEYS) do
    redis.call('ZREM', key, who)
end
local before = '(' .. exact(arrived)
local ahead = {
    exact(arrived),
    redis.call('ZCOUNT', HERE, '-inf', before),
    redis.call('ZCOUNT', OUTSIDE, '-inf', before),
}
local queue, untils = HERE, HERE_UNTIL
if act == 'wait' then
    queue, untils = OUTSIDE, BACK_BY
    holds = holds + (ahead[2] + ahead[3]) * tonumber(ARGV[5])
end
redis.call('ZADD', queue, exact(arrived), who)
redis.call('ZADD', untils, exact(now + holds), who)
redis.call('PEXPIRE', queue, KEPT_MS)
redis.call('PEXPIRE', untils, KEPT_MS)
return ahead
