"""Compiles numeric kernels, cached on disk where some place is writable."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile on first call, without the interpreter's lock and without reordering of sums.

    The cache lies beside the source, or in ``NUMBA_CACHE_DIR``; numba refuses to load a function
    whose cache has no place (a read-only image without a home), and then it is compiled anew in
    each process.
    """
    try:
        made = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:
        made = numba.njit(nogil=True)(function)
    return cast(Callable[P, R], made)
