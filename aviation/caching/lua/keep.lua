-- Keeps a value and notes it in its room's index, so that the room never outgrows its bytes and
-- what is in it can be found without looking through all of Redis.
-- KEYS: value, index (value's key by the millisecond it ends), sizes (its bytes; 'total' of all),
-- rooms of the policy, lock. ARGV: value, now and lifetime in ms, most bytes, room, lock's token.
-- Answers 1, or 0 for a value too large to be kept.
local value, index, sizes = KEYS[1], KEYS[2], KEYS[3]
local now, life, most = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local size = #ARGV[1]
local total = tonumber(redis.call('HGET', sizes, 'total') or '0')

local function forget(key)
  total = total - tonumber(redis.call('HGET', sizes, key) or '0')
  redis.call('HDEL', sizes, key)
  redis.call('ZREM', index, key)
  redis.call('UNLINK', key)
end

local function last_for(key)
  redis.call('PEXPIRE', key, math.max(life, redis.call('PTTL', key)))
end

-- First of all a command that Redis refuses when it is full: once a script has written, none is.
redis.call('SADD', KEYS[4], ARGV[5])
for _, key in ipairs(redis.call('ZRANGEBYSCORE', index, '-inf', now)) do forget(key) end
forget(value)
if size <= most then
  while total + size > most do
    local soonest = redis.call('ZRANGE', index, 0, 0)[1]
    if not soonest then total = 0 break end
    forget(soonest)
  end
  redis.call('SET', value, ARGV[1], 'PX', life)
  redis.call('ZADD', index, now + life, value)
  redis.call('HSET', sizes, value, size)
  total = total + size
end
redis.call('HSET', sizes, 'total', total)
last_for(index)
last_for(sizes)
last_for(KEYS[4])
if redis.call('GET', KEYS[5]) == ARGV[6] then redis.call('DEL', KEYS[5]) end
return size <= most and 1 or 0
