-- Spends one request from every bucket, or from none when one of them has no room.
-- KEYS: the buckets. ARGV: for each its size and the microseconds in which one is earned back.
-- Answers one text of numbers: the server's time in microseconds, then for each bucket:
-- remaining, full in, retry in.
-- Kept is the moment at which a bucket is full again; the key goes when that moment has come.
-- Microseconds since 1970 stay below 2^53, so the numbers are exact. rules.py decides alike.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local full_at, retry_in, refused = {}, {}, false

for i, key in ipairs(KEYS) do
  local size, refill = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local kept = tonumber(redis.call('GET', key) or now) or now
  full_at[i] = math.min(math.max(kept, now), now + size * refill)
  retry_in[i] = math.max(0, full_at[i] + refill - size * refill - now)
  refused = refused or retry_in[i] > 0
end

local answer = {string.format('%.0f', now)}
for i, key in ipairs(KEYS) do
  local size, refill = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  if not refused then
    full_at[i] = full_at[i] + refill
    local life_ms = math.ceil((full_at[i] - now) / 1000)
    redis.call('SET', key, string.format('%.0f', full_at[i]), 'PX', string.format('%.0f', life_ms))
  end
  local missing = full_at[i] - now
  local remaining = math.floor((size * refill - missing) / refill)
  answer[#answer + 1] = string.format('%.0f %.0f %.0f', remaining, missing, retry_in[i])
end
return table.concat(answer, ' ')
