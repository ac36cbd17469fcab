"""How many times longer does ours take than the bare work beside it, measured in one run?"""

from collections.abc import Callable
from statistics import median
from time import perf_counter


def ratio(
    ours: Callable[[], object],
    bare: Callable[[], object],
    *,
    rounds: int,
    clock: Callable[[], float] = perf_counter,
) -> float:
    """Median time of ``ours`` over median time of ``bare``.

    The two take turns within every round, so that a noisy moment of the machine falls on both. One call of each
    goes before the first round and is not counted: imports and lazily built tables are not the work in question.
    ``clock`` is the clock on the wall; for work that waits for nothing, ``time.thread_time`` is steadier.
    """
    ours()
    bare()
    ours_taken: list[float] = []
    bare_taken: list[float] = []
    for _ in range(rounds):
        started = clock()
        ours()
        between = clock()
        bare()
        ended = clock()
        ours_taken.append(between - started)
        bare_taken.append(ended - between)
    return median(ours_taken) / median(bare_taken)
