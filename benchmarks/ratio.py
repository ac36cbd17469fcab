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
    restore: Callable[[], object] = lambda: None,
) -> float:
    """Median time of ``ours`` over median time of ``bare``.

    The two take turns within every round, so that a noisy moment of the machine falls on both. One call of each
    goes before the first round and is not counted: imports and lazily built tables are not the work in question.
    ``clock`` is the clock on the wall; for work that waits for nothing, ``time.thread_time`` is steadier. ``restore``
    undoes, uncounted, what either has just done, so that every call finds the same.
    """
    taken: dict[Callable[[], object], list[float]] = {ours: [], bare: []}
    for _ in range(rounds + 1):
        for work, times in taken.items():
            started = clock()
            work()
            times.append(clock() - started)
            restore()
    return median(taken[ours][1:]) / median(taken[bare][1:])
