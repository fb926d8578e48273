-- Forgets the values of one room whose key matches a pattern, all at once: nobody reads half of it.
-- KEYS: index, sizes. ARGV: pattern (* is anything, ? one byte), how many bytes of a value's key
-- come before what the pattern is about.
-- Answers how many were forgotten. Looks at this room's index only, never through all of Redis.
local index, sizes, pattern, skipped = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2])
local STAR, ANY = 42, 63

-- By hand, as Lua's own patterns take time without end over several stars: after a mismatch only
-- the newest star tries again, so this takes at most length of text times length of pattern.
local function matches(text)
  local t, p, star, resumed = 1, 1, nil, nil
  while t <= #text do
    local want = pattern:byte(p)
    if want == STAR then
      star, resumed, p = p, t, p + 1
    elseif want == ANY or want == text:byte(t) then
      t, p = t + 1, p + 1
    elseif star then
      resumed = resumed + 1
      t, p = resumed, star + 1
    else
      return false
    end
  end
  while pattern:byte(p) == STAR do p = p + 1 end
  return p > #pattern
end

local forgotten, freed = 0, 0
for _, key in ipairs(redis.call('ZRANGE', index, 0, -1)) do
  if matches(key:sub(skipped + 1)) then
    freed = freed + tonumber(redis.call('HGET', sizes, key) or '0')
    redis.call('UNLINK', key)
    redis.call('ZREM', index, key)
    redis.call('HDEL', sizes, key)
    forgotten = forgotten + 1
  end
end
if forgotten > 0 and redis.call('EXISTS', sizes) == 1 then
  redis.call('HINCRBY', sizes, 'total', 0 - freed)
end
return forgotten
