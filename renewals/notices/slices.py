"""How many ids fit into one statement?"""

from collections.abc import Collection, Iterator

#: Databases limit how many values one statement takes.
SLICE = 500


def sliced(ids: Collection[int]) -> Iterator[list[int]]:
    """The ids in order, so many at a time."""
    ordered = sorted(ids)
    return (ordered[start : start + SLICE] for start in range(0, len(ordered), SLICE))
