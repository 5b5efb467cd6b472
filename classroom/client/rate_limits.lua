-- Gives a call its place among those of a second, for all processes at once.
--
-- KEYS   of each action that would do, five: the times of all its calls, those of each of the three
--        levels of urgency, and the mark of somebody of the middle level who waits.
-- ARGV   the level (0 is the most urgent), how long it may wait, how long a window is, then of each
--        action its calls a second and how many of them each further level leaves free.
-- Answer the number of the action, or 0 for none, and how long to wait: before the call, or before
--        asking again. Times are microseconds, by this server's clock.

local SECOND = 1000000
local DEMAND_SECONDS = 3
local LAST_LEVEL = 2
local KEYS_EACH = 5
-- The most urgent wait less than this, so that no call is booked further ahead.
local BOOKED_AHEAD = 10 * SECOND

local clock = redis.call('TIME')
local now = clock[1] * SECOND + clock[2]
local level, patience, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local function key(action, number)
    return KEYS[(action - 1) * KEYS_EACH + number]
end

local function of_level(action, number)
    return key(action, number + 2)
end

local function limit_of(action)
    return tonumber(ARGV[2 + action * 2])
end

local function time_at(list, index)
    return tonumber(redis.call('LINDEX', list, index) or 0)
end

-- This server's clock may be set back: what it said before would hold up all calls until then.
for action = 1, #KEYS / KEYS_EACH do
    if time_at(key(action, 1), 0) > now + BOOKED_AHEAD then
        for number = 1, KEYS_EACH do
            redis.call('DEL', key(action, number))
        end
    end
end

-- The most calls of a second that the more urgent levels have made of late.
local function demand(action)
    local counts = {}
    for number = 0, level - 1 do
        for _, at in ipairs(redis.call('LRANGE', of_level(action, number), 0, -1)) do
            local age = math.max(0, math.floor((now - at) / SECOND))
            if age < DEMAND_SECONDS then
                counts[age] = (counts[age] or 0) + 1
            end
        end
    end
    local most = 0
    for _, count in pairs(counts) do
        most = math.max(most, count)
    end
    return most
end

-- When this level and those below it come below their share again.
local function share_free_at(action)
    local left = tonumber(ARGV[3 + action * 2])
    local share = math.max(1, limit_of(action) - math.max(demand(action) + level, left * level))
    local times = {}
    for number = level, LAST_LEVEL do
        for _, at in ipairs(redis.call('LRANGE', of_level(action, number), 0, share - 1)) do
            table.insert(times, tonumber(at))
        end
    end
    table.sort(times)
    local oldest = times[#times - share + 1]
    return oldest and oldest + SECOND or 0
end

local function free_at(action)
    local newest = time_at(key(action, 1), 0)
    local at = math.max(now, newest, time_at(key(action, 1), limit_of(action) - 1) + window)
    if level > 0 then
        at = math.max(at, share_free_at(action))
    end
    if level == LAST_LEVEL then
        at = math.max(at, now + math.max(0, redis.call('PTTL', key(action, KEYS_EACH))) * 1000)
    end
    -- Those who wait, and those who can, come one by one: the cloud is never surprised.
    if at > now or level == LAST_LEVEL then
        at = math.max(at, newest + math.ceil(window / limit_of(action)))
    end
    return at
end

local chosen, chosen_at = 1, free_at(1)
for action = 2, #KEYS / KEYS_EACH do
    local at = free_at(action)
    if at < chosen_at then
        chosen, chosen_at = action, at
    end
end

local wait = chosen_at - now
-- The most urgent book their place ahead; all others come back for it.
if wait > (level == 0 and patience or 0) then
    if level > 0 and level < LAST_LEVEL then
        redis.call('SET', key(chosen, KEYS_EACH), '', 'PX', math.ceil(wait / 1000) + 100)
    end
    return {0, wait}
end

local kept_ms = math.ceil(wait / 1000) + DEMAND_SECONDS * 1000
for list, kept in pairs({[key(chosen, 1)] = 1, [of_level(chosen, level)] = DEMAND_SECONDS}) do
    redis.call('LPUSH', list, string.format('%.0f', chosen_at))
    redis.call('LTRIM', list, 0, limit_of(chosen) * kept - 1)
    redis.call('PEXPIRE', list, kept_ms)
end
return {chosen, wait}
