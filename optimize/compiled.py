"""Name the one way in which the inner functions of tours and months are compiled.

They allocate nothing, so they are compiled without numba's reference counting (`_nrt=False`): counting references on
twenty arrays a call made the search of a month seven times slower (p08, 100,000 steps: 6.8 s with, 0.9 s without) and
that of a day two to four times (R112: 42 microseconds an iteration with, 18 without, 10 when inlined as well). A
function that allocates does not compile under this decorator, so that a slip shows at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba

_Parameters = ParamSpec("_Parameters")
_Returned = TypeVar("_Returned")


def compiled(function: Callable[_Parameters, _Returned]) -> Callable[_Parameters, _Returned]:
    """Compile a function to machine code on its first call; the code is kept in numba's cache folder."""
    decorate = cast(Any, numba.njit)(cache=True, _nrt=False)
    return cast("Callable[_Parameters, _Returned]", decorate(function))


def inlined(function: Callable[_Parameters, _Returned]) -> Callable[_Parameters, _Returned]:
    """Compile a function into each of its callers: handing a world over costs some 200 moves a call.

    For what a step calls a hundred times: it made steps 1.5 to 2.4 times faster, then 1.4 to 1.6 times more when all of
    a step was (p10, p08, p06), and iterations of a day 1.2 to 1.9 times.
    """
    decorate = cast(Any, numba.njit)(cache=True, _nrt=False, forceinline=True)
    return cast("Callable[_Parameters, _Returned]", decorate(function))
