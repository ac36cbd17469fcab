"""Did everybody get what they should have got, once, in time, and nothing else? Complaints, or none.

The judge looks after every round: at the messages that arrived since, and at what should have arrived by then.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from tests.oracle import rules

if TYPE_CHECKING:
    from tests.oracle.world import Paper, World


#: No mark of the simulation lies further before the last day of validity.
FURTHEST = 250
PURPOSES = frozenset({"digest", "client", "critical"})


class Told(NamedTuple):
    """One line of the ledger: what an audience hears about a certificate, once."""

    certificate: int
    deadline: date
    mark: int
    audience: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message as it came out of the mail server; ``day`` is the one that it was made for."""

    message_id: str
    address: str
    at: datetime
    day: date
    purpose: str
    lines: frozenset[Told]
    text: str

    @property
    def is_critical(self) -> bool:
        """Whether it may leave at any hour."""
        return self.purpose.startswith("critical:")


@dataclass(slots=True)
class Judge:
    """Keeps what was told so far. ``complaints`` is empty as long as all is well."""

    world: World
    complaints: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    _ids: set[str] = field(default_factory=set)
    _days: set[tuple[str, date, str]] = field(default_factory=set)
    #: Line → addresses that have read it.
    _read: dict[Told, set[str]] = field(default_factory=dict)
    #: Line → the day it was told on; forgotten when a message that carried it came back.
    _told: dict[Told, date] = field(default_factory=dict)
    #: Lines that may take another working day: the address to which they went first did not take them.
    _detained: set[Told] = field(default_factory=set)
    _arrived: dict[str, Arrived] = field(default_factory=dict)
    #: Day → what each audience may have been told on it.
    _due: dict[date, set[Told]] = field(default_factory=dict)

    def look(
        self,
        local: datetime,
        arrived: list[Arrived],
        *,
        everything_works: bool,
        is_morning: bool,
    ) -> None:
        """Judge one round. ``everything_works``: neither program nor mail failed since the round before."""
        today = local.date()
        self._due[today] = self._due.get(today, set()) | self._may_hear(today)
        for message in arrived:
            self._judge(message, local)
        if everything_works:
            working = is_morning and rules.is_working_day(self.world, today)
            self._look_for_what_is_missing(today, with_digests=working)
            if working:
                self._look_for_summaries(today)

    def came_back(self, message_id: str) -> None:
        """The message was not read after all."""
        message = self._arrived[message_id]
        self.world.bounced.add(message.address)
        for line in message.lines:
            self._told.pop(line, None)
            self._detained.add(line)

    def was_refused(self, lines: frozenset[Told]) -> None:
        """The mail server did not take a message with these lines to its address."""
        self._detained |= lines

    # --- what arrived -----------------------------------------------------------------------------------------------

    def _judge(self, message: Arrived, local: datetime) -> None:
        self.counts[message.purpose.split(":")[0]] += 1
        if message.purpose.split(":")[0] not in PURPOSES:
            self._complain(message, "has nothing to say here")
        if message.message_id in self._ids:
            self._complain(message, "arrived twice")
        self._ids.add(message.message_id)
        self._arrived[message.message_id] = message
        of_the_day = (message.address, message.day, message.purpose)
        if of_the_day in self._days:
            self._complain(message, "is the second of its day and purpose")
        self._days.add(of_the_day)
        if not message.is_critical and not rules.is_working_time(self.world, local):
            self._complain(message, "left outside of working time")
        for line in sorted(message.lines):
            self._judge_line(message, line, local.date())
        companies = {self.world.papers[line.certificate].company for line in message.lines}
        self._judge_companies(message, companies)

    def _judge_companies(self, message: Arrived, companies: set[int]) -> None:
        for company in companies:
            if self.world.clients[company].name not in message.text:
                self._complain(message, f"does not name {self.world.clients[company].name}")
        if message.purpose == "client":
            named = {one.pk for one in self.world.clients.values() if one.name in message.text}
            if len(companies) != 1 or named != companies:
                self._complain(message, f"speaks to a client of {len(named)} companies")

    def _judge_line(self, message: Arrived, line: Told, today: date) -> None:
        self.counts["lines"] += 1
        paper = self.world.papers[line.certificate]
        company = self.world.clients[paper.company]
        if not rules.is_told_about(self.world, paper, today):
            self._complain(message, f"tells {line} although nobody is to be told")
        if line not in self._due.get(message.day, set()):
            self._complain(message, f"tells {line}, which was not due")
        both = (self.world.bounced, self.world.bounced | self.world.refused)
        if not any(
            message.address in rules.readers(self.world, line.audience, company, today, dead=dead) for dead in both
        ):
            self._complain(message, f"tells {line} to the wrong reader")
        if line.audience != "client" and (line.mark in rules.CRITICAL) != message.is_critical:
            self._complain(message, f"tells {line} in the wrong kind of message")
        read = self._read.setdefault(line, set())
        if message.address in read:
            self._complain(message, f"tells {line} again")
        read.add(message.address)
        if self._told.setdefault(line, message.day) != message.day:
            self._complain(message, f"tells {line}, which others were told before")

    # --- what did not -----------------------------------------------------------------------------------------------

    def _look_for_what_is_missing(self, today: date, *, with_digests: bool) -> None:
        for paper in self.world.papers.values():
            is_far = (paper.expires - today).days > FURTHEST
            if not is_far and rules.is_told_about(self.world, paper, today):
                for line in self._must_hear(paper, today):
                    is_at_once = line.audience != "client" and line.mark in rules.CRITICAL
                    if line not in self._told and (with_digests or is_at_once):
                        self._miss(line, today, waits=not is_at_once)

    def _miss(self, line: Told, today: date, *, waits: bool) -> None:
        if line in self._detained and waits:
            self._detained.discard(line)
            return
        self.complaints.append(f"{today}: nobody was told {line}")
        # Once is enough to complain.
        self._told[line] = today

    def _look_for_summaries(self, today: date) -> None:
        for person in self.world.people.values():
            takes_mail = person.address not in self.world.bounced | self.world.refused
            if (
                person.is_partner
                and person.is_active
                and takes_mail
                and (person.address, today, "digest") not in self._days
            ):
                self.complaints.append(f"{today}: {person.name} got no summary")

    def _must_hear(self, paper: Paper, today: date) -> list[Told]:
        mark = rules.due_mark(self.world, paper, today)
        if mark is None:
            return []
        until = rules.deadline(self.world, paper)
        # What was missed while it was not to be told (a renewal that was given up since) may come with the next mark.
        is_settled = paper.changed_on is None or until - timedelta(days=mark) > paper.changed_on
        return self._lines(paper, until, mark, acknowledged=paper.is_begun or not is_settled)

    def _may_hear(self, today: date) -> set[Told]:
        found: set[Told] = set()
        for paper in self.world.papers.values():
            is_far = paper.is_retired or (paper.expires - today).days > FURTHEST
            mark = None if is_far else rules.due_mark(self.world, paper, today)
            if mark is not None:
                until = rules.deadline(self.world, paper)
                reached_on = until - timedelta(days=mark)
                # The line was written when its mark was reached, and then nobody had perhaps begun the renewal.
                is_new = paper.changed_on is not None and paper.changed_on >= reached_on
                found.update(self._lines(paper, until, mark, acknowledged=paper.is_begun and not is_new))
        return found

    def _lines(self, paper: Paper, until: date, mark: int, *, acknowledged: bool) -> list[Told]:
        has_client = bool(self.world.clients[paper.company].contacts)
        return [
            Told(paper.pk, until, mark, audience)
            for audience in rules.AUDIENCES
            if rules.hears(audience, paper.kind, mark, acknowledged=acknowledged, has_client=has_client)
        ]

    def _complain(self, message: Arrived, what: str) -> None:
        self.complaints.append(f"{message.at:%Y-%m-%d %H:%M} {message.address} {message.purpose}: {what}")
