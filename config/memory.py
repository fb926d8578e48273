"""How a web process gives memory back that large bodies needed for a moment."""

from __future__ import annotations

import ctypes
import ctypes.util

# <malloc.h>
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
LARGE_BYTES = 256 * 1024
ARENAS = 2


def give_back_large_blocks() -> None:
    """Make glibc return every large block when it is freed; elsewhere do nothing.

    By itself it takes blocks from a heap once one of their size was freed, up to 32 MB, and has a
    heap for each thread: what many threads needed once each, one after the other, all stays.
    """
    try:
        mallopt = ctypes.CDLL(ctypes.util.find_library("c")).mallopt
    except (OSError, AttributeError):
        return
    mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
    mallopt(M_ARENA_MAX, ARENAS)
