-- Decides over several requests, one after the other: each spends one from every bucket of its own,
-- or from none when one of them has no room.
-- KEYS: the buckets of all requests. ARGV: for each request how many of them are its own, then for
-- each of those its size and the microseconds in which one is earned back.
-- Answers one text of numbers: the server's time in microseconds, then for each bucket:
-- remaining, full in, retry in.
-- Kept is the moment at which a bucket is full again; the key goes when that moment has come.
-- Microseconds since 1970 stay below 2^53, so the numbers are exact. rules.py decides alike.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local full_at, changed = {}, {}
local answer = {string.format('%.0f', now)}

local function known(key, size, refill)
  if full_at[key] == nil then
    full_at[key] = tonumber(redis.call('GET', key) or now) or now
  end
  return math.min(math.max(full_at[key], now), now + size * refill)
end

local function spend(keys, sizes, refills)
  local before, retry_in, refused = {}, {}, false
  for i, key in ipairs(keys) do
    before[i] = known(key, sizes[i], refills[i])
    retry_in[i] = math.max(0, before[i] + refills[i] - sizes[i] * refills[i] - now)
    refused = refused or retry_in[i] > 0
  end
  for i, key in ipairs(keys) do
    local after = before[i]
    if not refused then
      after = after + refills[i]
      full_at[key], changed[key] = after, true
    end
    local missing = after - now
    local remaining = math.floor((sizes[i] * refills[i] - missing) / refills[i])
    answer[#answer + 1] = string.format('%.0f %.0f %.0f', remaining, missing, retry_in[i])
  end
end

local key_at, value_at = 0, 0
while value_at < #ARGV do
  local keys, sizes, refills = {}, {}, {}
  local count = tonumber(ARGV[value_at + 1])
  for i = 1, count do
    keys[i] = KEYS[key_at + i]
    sizes[i], refills[i] = tonumber(ARGV[value_at + 2 * i]), tonumber(ARGV[value_at + 2 * i + 1])
  end
  spend(keys, sizes, refills)
  key_at, value_at = key_at + count, value_at + 1 + 2 * count
end

for key in pairs(changed) do
  local life_ms = math.ceil((full_at[key] - now) / 1000)
  redis.call('SET', key, string.format('%.0f', full_at[key]), 'PX', string.format('%.0f', life_ms))
end
return table.concat(answer, ' ')
