"""How many times longer does ours take than the bare work beside it, measured in one run?"""

from collections.abc import Callable
from statistics import median
from time import perf_counter


def ratio(ours: Callable[[], object], bare: Callable[[], object], *, rounds: int) -> float:
    """Median seconds of ``ours`` over median seconds of ``bare``.

    The two take turns within every round, so that a noisy moment of the machine falls on both. One call of each
    goes before the first round and is not counted: imports and lazily built tables are not the work in question.
    """
    ours()
    bare()
    ours_seconds: list[float] = []
    bare_seconds: list[float] = []
    for _ in range(rounds):
        started = perf_counter()
        ours()
        between = perf_counter()
        bare()
        ended = perf_counter()
        ours_seconds.append(between - started)
        bare_seconds.append(ended - between)
    return median(ours_seconds) / median(bare_seconds)
