"""Huge pages for the template's heap: a fork copies the table of pages, and half of the time that it takes is this table.

Collapsing pages changes no address. A kernel that cannot do it (before Linux 6.1) leaves them as they are.
"""

from __future__ import annotations

from ctypes import CDLL, c_size_t, c_void_p

_HUGE = 2 << 20
_COLLAPSE = 25
_madvise = CDLL(None).madvise


def collapse() -> None:
    """Puts the private memory of this process into huge pages, as far as it fills them."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        areas = [line.split() for line in maps]
    for area in areas:
        if area[1] == "rw-p" and area[5:] in ([], ["[heap]"]):
            first, _, last = area[0].partition("-")
            begin, end = -(-int(first, 16) // _HUGE) * _HUGE, int(last, 16) // _HUGE * _HUGE
            if begin < end:
                _madvise(c_void_p(begin), c_size_t(end - begin), _COLLAPSE)
