"""What do people do between two rounds: renew, leave, stand in, put off, hand over, and read that mail came back?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from renewals.expiry import silencing
from renewals.models import Bounce, BounceSource, Certificate, Company, PairState, Renewal, RenewalState
from renewals.notices import bounces
from renewals.people import firm as people
from renewals.people import leads
from tests.integration.notices.year.firm import FIRST, PARTNERS, VALIDITY, Firm
from tests.oracle.judge import Arrived
from tests.oracle.rules import is_told_about
from tests.oracle.world import Paper
from tests.watching import at, unsaved


@dataclass
class Acts:
    """What happens on a working day; ``came_back`` hears of each message that is reported back."""

    firm: Firm
    came_back: Callable[[str], None]
    #: Certificate → the day on which its renewal ends.
    planned: dict[int, date] = field(default_factory=dict)
    #: Certificate → the day on which somebody begins it.
    begins: dict[int, date] = field(default_factory=dict)
    #: What arrived last.
    letters: list[Arrived] = field(default_factory=list)
    #: The weeks whose act was done.
    done: set[int] = field(default_factory=set)

    def on(self, moment: datetime) -> None:
        """Everything that happens on the day of this moment."""
        day = moment.date()
        for pk in [pk for pk, first in self.begins.items() if first <= day]:
            self._begin_renewal(pk, moment)
        for pk in [pk for pk, until in self.planned.items() if until <= day]:
            self._end_renewal(pk, day)
        week = (day - FIRST).days // 7
        act = self._of_the_weeks().get(week)
        if act is not None and week not in self.done:
            self.done.add(week)
            act(moment)
        if self.firm.random.random() < 0.35:
            self._silence(moment)
        if self.firm.random.random() < 0.15:
            self._reassign()
        if self.firm.random.random() < 0.04:
            self._part()

    def plan(self, certificate: int, today: date) -> None:
        """A renewal was opened: most are begun at once and end in time, some are forgotten, and some end late."""
        self.begins[certificate] = today + timedelta(days=self.firm.random.choice((0, 0, 0, 0, 2, 9, 27, 31)))
        days = self.firm.random.choice((3, 5, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 28, 34, 45))
        self.planned[certificate] = today + timedelta(days=days)

    def _of_the_weeks(self) -> dict[int, Callable[[datetime], None]]:
        """Week → what happens once in it."""
        return {
            6: lambda _: self._bounce("client"),
            9: self._hugo_leaves,
            11: lambda _: self._hand_over("hugo", "irma"),
            13: lambda now: self._new_lead("tomas", "mario", now),
            15: lambda _: self._take_in_late(),
            17: lambda _: self._bounce("digest"),
            21: lambda _: self._bounce("client"),
            24: self._settle,
            27: lambda _: self._bounce("critical"),
            30: self._mario_leaves,
            33: lambda _: self._take_in_late(),
            36: lambda _: self._bounce("client"),
            40: lambda now: self._new_lead("irma", "lucia", now),
            44: lambda _: self._bounce("digest"),
        }

    def _begin_renewal(self, pk: int, now: datetime) -> None:
        del self.begins[pk]
        paper = self.firm.world.papers[pk]
        if Renewal.objects.under_way().filter(certificate=pk).update(begun_at=now):
            paper.is_begun, paper.changed_on = True, now.date()

    def _end_renewal(self, pk: int, day: date) -> None:
        del self.planned[pk]
        paper = self.firm.world.papers[pk]
        given_up = self.firm.random.random() < 0.08
        state = RenewalState.CANCELLED if given_up else RenewalState.DONE
        Renewal.objects.under_way().filter(certificate=pk).update(state=state, open=None, closed_at=at(day, 10))
        paper.is_renewing, paper.is_begun, paper.changed_on = False, False, day
        if given_up:
            # In the end the client comes back for it.
            self.planned[pk] = day + timedelta(days=30)
        elif not paper.is_retired:
            self._succeed(paper, day, retires=self.firm.random.random() < 0.8)

    def _succeed(self, paper: Paper, day: date, *, retires: bool) -> None:
        old = Certificate.objects.get(pk=paper.pk)
        expires_on = day + timedelta(days=VALIDITY[paper.kind])
        new = unsaved(old.company, kind=paper.kind, expires_on=expires_on, validity=VALIDITY[paper.kind])
        new.scope, new.predecessor, new.pair_state = old.scope, old, PairState.IN_CUSTODY
        fields = {"is_primary": False, "retired_at": at(day, 10) if retires else None}
        Certificate.objects.filter(pk=paper.pk).update(**fields)
        paper.is_retired, paper.is_outshone = retires, not retires
        self.firm.watch([new], on=day)

    def _silence(self, now: datetime) -> None:
        today = now.date()
        # The deadline of a CSD moves with others, and a silence with it.
        wanted = [
            one
            for one in self.firm.world.papers.values()
            if one.kind != "csd" and 4 < (one.expires - today).days < 40 and is_told_about(self.firm.world, one, today)
        ]
        if not wanted:
            return
        paper = self.firm.random.choice(wanted)
        row = Certificate.objects.get(pk=paper.pk)
        snoozes = self.firm.random.random() < 0.5
        longest = (row.deadline_on - today).days - (1 if snoozes else 0)
        paper.quiet_until = today + timedelta(days=self.firm.random.randint(1, longest))
        verb = silencing.snooze if snoozes else silencing.waive
        verb(
            certificate=row, until_on=paper.quiet_until, reason="lo dijo el cliente", by=self.firm.rows["ana"], now=now
        )

    def _reassign(self) -> None:
        company = self.firm.random.choice([*self.firm.world.clients.values()])
        company.responsible = self.firm.random.choice(["beto", "rosa", "irma", "nora"])
        Company.objects.filter(pk=company.pk).update(responsible=self.firm.rows[company.responsible])

    def _part(self) -> None:
        company = self.firm.random.choice([*self.firm.world.clients.values()])
        company.has_left = True
        Company.objects.filter(pk=company.pk, closed_at=None).update(closed_at=at(FIRST, 10))

    def _take_in_late(self) -> None:
        number = len(self.firm.world.clients)
        self.firm.take_on(range(number, number + 3))

    def _hugo_leaves(self, now: datetime) -> None:
        people.take_access(person=self.firm.rows["hugo"], by=self.firm.rows["ana"], confirmed_at=now, now=now)
        self.firm.world.people["hugo"].is_active = False

    def _mario_leaves(self, now: datetime) -> None:
        people.take_access(person=self.firm.rows["mario"], by=self.firm.rows["ana"], confirmed_at=now, now=now)
        self.firm.world.people["mario"].is_active = False

    def _hand_over(self, gone: str, heir: str) -> None:
        Company.objects.filter(responsible=self.firm.rows[gone]).update(responsible=self.firm.rows[heir])
        for company in self.firm.world.clients.values():
            if company.responsible == gone:
                company.responsible = heir

    def _new_lead(self, name: str, lead: str, now: datetime) -> None:
        leads.set_lead(
            person=self.firm.rows[name], lead=self.firm.rows[lead], by=self.firm.rows["ana"], confirmed_at=now, now=now
        )
        self.firm.world.people[name].lead = lead

    def _bounce(self, purpose: str) -> None:
        wanted = [one for one in self.letters if one.purpose.startswith(purpose) and one.lines]
        staff = [one for one in wanted if one.address.split("@")[0] not in PARTNERS]
        if not staff:
            return
        letter = self.firm.random.choice(staff)
        report = bounces.Report(
            message_ids=[letter.message_id],
            addresses=[letter.address],
            status="5.1.1",
            is_permanent=True,
            source=BounceSource.MAILBOX,
            fingerprint=hashlib.sha256(letter.message_id.encode()).hexdigest(),
        )
        if not bounces.record(report, now=letter.at):
            raise AssertionError("the report was not believed")
        self.came_back(letter.message_id)

    def _settle(self, now: datetime) -> None:
        for bounce in Bounce.objects.standing().filter(person__isnull=False):
            bounces.settle(bounce=bounce, by=self.firm.rows["ana"], now=now)
            self.firm.world.bounced.discard(bounce.address)
