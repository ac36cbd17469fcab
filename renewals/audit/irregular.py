"""What is wrong with a row that is not as usual? Called for few rows, or for a history that somebody tore to pieces."""

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef

from renewals.audit.columns import bytes_of
from renewals.audit.findings import MOST, Report
from renewals.audit.links import FIRM, NOTHING_BEFORE, link_of
from renewals.audit.statements import Signed, stored_statements
from renewals.models.event import Event, EventSeal

#: An event without a link for so long was not linked in any of the daily looks at everything.
SOON_ENOUGH = timedelta(days=2)

Ends = dict[int, tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class _Linked:
    """An event that does not hang where it should; ``content`` is what was or should have been linked."""

    event_id: int
    chain: int
    position: int
    link: bytes
    content: bytes
    is_legacy: bool

    def fits(self, before: bytes, chain: int, position: int, link: bytes) -> bool:
        """Whether this event, at that place, has that link."""
        made = link_of(
            before,
            chain=chain,
            position=position,
            event_id=self.event_id,
            canonical=self.content,
            is_legacy=self.is_legacy,
        )
        return made == link


class Irregular:
    """Takes the rows that are not as usual, and says in the end what happened to them."""

    def __init__(self, report: Report, signed: Signed, *, now: datetime) -> None:
        self.report = report
        self.signed = signed
        self.now = now
        #: Rows out of order: PostgreSQL shows ids out of order, which is fine where the links say so too.
        self.out_of_order: list[_Linked] = []
        self.wrong: list[tuple[_Linked, bytes]] = []
        self.gaps: list[tuple[int, int, int]] = []

    def look_at(self, row: tuple[Any, ...], ends: Ends) -> None:
        """Take one row of ``verifying``; moves the end of its chain on."""
        event_id, at, *_, chain, position, link = row
        if chain is None:
            # Whether its bytes match is noted when it is linked; until then nobody answers for it.
            self._not_linked(event_id, at)
            return
        content, is_legacy = self._content(row)
        if content and chain != (_company_in(content) or FIRM):
            self.report.add("event_in_wrong_chain", event=event_id, chain=chain, position=position)
        one = _Linked(event_id, chain, position, bytes(link), content, is_legacy)
        last, before = ends.get(chain, (0, NOTHING_BEFORE))
        if position == last + 1:
            self._check(one, before)
        else:
            self.out_of_order.append(one)
            if position > last + 1:
                self.gaps.append((chain, last + 1, position - 1))
        if position > last:
            ends[chain] = position, one.link

    def close(self, ends: Ends) -> None:
        """When all rows were seen: what is missing, what moved, and what the signed heads say."""
        seen = self._missing(ends)
        for one in self.out_of_order:
            before = _link_at(one.chain, one.position - 1)
            if before is not None:
                self._check(one, before)
        self._tell_wrong()
        self._compare_with_heads(ends, seen)

    def _content(self, row: tuple[Any, ...]) -> tuple[bytes, bool]:
        """The bytes that were linked, and whether they were made from the columns when they were."""
        event_id, canonical = row[0], row[9]
        made = bytes_of(row)
        if event_id in self.signed.misfits:
            return made, True
        canonical = canonical if isinstance(canonical, bytes) else b"\0"
        if canonical:
            if canonical != made:
                self.report.add("event_changed", event=event_id, columns=_differences(canonical, made))
            return canonical, False
        if event_id <= self.signed.legacy_through:
            self.report.legacy += 1
            return made, True
        self.report.add("event_without_bytes", event=event_id)
        return b"", True

    def _not_linked(self, event_id: int, at: str) -> None:
        self.report.waiting += 1
        if not at or at < str(self.now.astimezone(UTC) - SOON_ENOUGH):
            self.report.add("event_not_linked", event=event_id)

    def _check(self, one: _Linked, before: bytes) -> None:
        if not one.fits(before, one.chain, one.position, one.link):
            if len(self.wrong) < MOST:
                self.wrong.append((one, before))
            else:
                self.report.more += 1

    def _missing(self, ends: Ends) -> set[tuple[int, int]]:
        """Tell the links without an event, and the positions without a link. Returns all that is missing."""
        linked = self.report.events - self.report.waiting
        orphans = _links_without_event() if EventSeal.objects.count() != linked else []
        present: dict[int, set[int]] = defaultdict(set)
        missing = set()
        for event_id, chain, position, link in orphans:
            self.report.add("event_missing", event=event_id, chain=chain, position=position)
            self.signed.named.pop(bytes(link), None)
            present[chain].add(position)
            missing.add((chain, position))
            if position > ends.get(chain, (0, b""))[0]:
                ends[chain] = position, bytes(link)
        for one in self.out_of_order:
            present[one.chain].add(one.position)
        for chain, first, last in self.gaps:
            for begin, end in _ranges_without(sorted(present[chain]), first, last):
                self.report.add("links_missing", chain=chain, first=begin, last=end)
                missing.add((chain, end))
        return missing

    def _tell_wrong(self) -> None:
        """Those whose place another wrong one has were moved; the others were changed, bytes and all."""
        for one, _ in self.wrong:
            place = next(
                (other for other, before in self.wrong if one.fits(before, other.chain, other.position, other.link)),
                None,
            )
            if place is None:
                self.report.add("link_broken", event=one.event_id, chain=one.chain, position=one.position)
            else:
                self.report.add(
                    "event_moved",
                    event=one.event_id,
                    chain=one.chain,
                    position=one.position,
                    its_chain=place.chain,
                    its_position=place.position,
                )

    def _compare_with_heads(self, ends: Ends, missing: set[tuple[int, int]]) -> None:
        """What is named as a head and nowhere to be found was cut off, or written anew from some row on."""
        for chain, end in self.signed.ends.items():
            last = ends.get(chain, (0, b""))[0]
            if last < end:
                self.report.add("chain_cut", chain=chain, first=last + 1, last=end)
        for chain, (last, _) in ends.items():
            if last > self.signed.ends.get(chain, 0):
                for event_id in _events_at(chain, self.signed.ends.get(chain, 0) + 1, last):
                    self.report.add("link_not_signed", event=event_id, chain=chain)
        if self.signed.named:
            self._tell_rewritten(ends, missing)

    def _tell_rewritten(self, ends: Ends, missing: set[tuple[int, int]]) -> None:
        good: dict[int, int] = defaultdict(int)
        told: set[int] = set()
        for _, statement in stored_statements():
            for head in statement.heads if statement else ():
                if head.link not in self.signed.named:
                    good[head.chain] = max(good[head.chain], head.position)
                elif head.position <= ends.get(head.chain, (0, b""))[0] and head.chain not in told:
                    if (head.chain, head.position) in missing:
                        continue
                    told.add(head.chain)
                    events = list(_events_at(head.chain, good[head.chain] + 1, head.position))
                    self.report.add(
                        "chain_rewritten",
                        chain=head.chain,
                        first_event=events[0] if events else None,
                        last_event=events[-1] if events else None,
                        number=statement.line.number if statement else None,
                    )


def _differences(canonical: bytes, made: bytes) -> str:
    """Names of what differs between two forms of one event; empty where one cannot be read."""
    try:
        was, is_now = json.loads(canonical), json.loads(made)
        return ", ".join(sorted(name for name in was.keys() | is_now.keys() if was.get(name) != is_now.get(name)))
    except (ValueError, AttributeError):
        return ""


def _company_in(content: bytes) -> int | None:
    try:
        company = json.loads(content)["company"]
    except (ValueError, TypeError, KeyError):
        return None
    return company if isinstance(company, int) else None


def _links_without_event() -> Iterable[tuple[int, int, int, bytes | memoryview]]:
    rows = EventSeal.objects.filter(~Exists(Event.objects.filter(pk=OuterRef("event_id"))))
    return rows.order_by("chain", "position").values_list("event_id", "chain", "position", "link")


def _link_at(chain: int, position: int) -> bytes | None:
    if position == 0:
        return NOTHING_BEFORE
    link = EventSeal.objects.filter(chain=chain, position=position).values_list("link", flat=True).first()
    return None if link is None else bytes(link)


def _events_at(chain: int, first: int, last: int) -> Iterable[int]:
    rows = EventSeal.objects.filter(chain=chain, position__range=(first, last)).order_by("position")
    return rows.values_list("event_id", flat=True)[:MOST]


def _ranges_without(present: list[int], first: int, last: int) -> Iterator[tuple[int, int]]:
    """The ranges of what is not present from ``first`` to ``last``."""
    begin = first
    for one in present[bisect_left(present, first) : bisect_left(present, last + 1)]:
        if one > begin:
            yield begin, one - 1
        begin = one + 1
    if begin <= last:
        yield begin, last
