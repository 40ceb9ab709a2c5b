"""Compiles numeric kernels, cached on disk where some place is writable."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile on first call, without the interpreter's lock and without reordering of sums.

    Compiled functions work in arrays that their caller made and can make none: without numba's
    runtime no call counts references to each array that it is handed, which in small functions
    takes longer than their work.

    The cache lies beside the source, or in ``NUMBA_CACHE_DIR``; numba refuses to load a function
    whose cache has no place (a read-only image without a home), and then it is compiled anew in
    each process.
    """
    try:
        made = numba.njit(cache=True, nogil=True, _nrt=False)(function)
    except RuntimeError:
        made = numba.njit(nogil=True, _nrt=False)(function)
    return cast(Callable[P, R], made)
