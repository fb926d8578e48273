"""Which keys a pattern means; lua/forget.lua decides exactly alike."""

from __future__ import annotations

STAR, ANY = ord("*"), ord("?")


def matches(pattern: bytes, text: bytes) -> bool:
    """Whether all of ``text`` is meant: ``*`` is anything, ``?`` one byte.

    After a mismatch only the newest star tries again, so that this takes at most the product of
    both lengths; a regular expression takes time without end over several stars.
    """
    t = p = resumed = 0
    star = -1
    while t < len(text):
        want = pattern[p] if p < len(pattern) else None
        if want == STAR:
            star, resumed, p = p, t, p + 1
        elif want == ANY or want == text[t]:
            t, p = t + 1, p + 1
        elif star >= 0:
            resumed += 1
            t, p = resumed, star + 1
        else:
            return False
    return not pattern[p:].strip(b"*")
