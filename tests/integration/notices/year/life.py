"""How does the firm spend its year? Rounds, days without mail or without the program, and people in between."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random

import time_machine

from renewals.audit import Machine
from renewals.desk import pending
from renewals.models import Delivery, DeliveryLine, Renewal
from renewals.notices.round import sweep
from tests.integration.notices.year.acts import Acts
from tests.integration.notices.year.firm import EVE, FIRST, Firm
from tests.integration.notices.year.post_office import PostOffice
from tests.oracle.judge import Arrived, Judge, Told
from tests.oracle.rules import due_mark, is_told_about, is_working_day, opens_renewal
from tests.watching import at

NIGHT, MORNING, AFTERNOON = time(0, 20), time(7, 30), time(16)
#: When people act, on working days.
PEOPLE_ACT = 10
#: So many rounds after a failure of the mail server everything must be as if it had never happened.
ALL_WELL_AFTER = 3


class Year:
    """The firm, day by day; ``judge`` knows what was wrong."""

    def __init__(self, *, seed: int, days: int) -> None:
        PostOffice.open_anew()
        self.firm = Firm(Random(seed))
        self.world = self.firm.world
        self.judge = Judge(self.world)
        self.acts = Acts(self.firm, self.judge.came_back)
        self.days = [FIRST + timedelta(days=number) for number in range(days)]
        #: Certificates that had a renewal, and those that have one.
        self.renewed: set[int] = set()
        self.under_way: set[int] = set()
        self.rounds_since_failure = ALL_WELL_AFTER
        chance = self.firm.random
        week = days // 4 + chance.randrange(7)
        self.no_program = {*chance.sample(self.days, days // 40), *self.days[week : week + 3]}
        self.no_mail = {*chance.sample(self.days, days // 30), *self.days[2 * week : 2 * week + 4]}

    def live(self) -> None:
        """Every day of it: rounds at night, in the morning and in the afternoon; the last two on working days."""
        with time_machine.travel(EVE, tick=False):
            self.firm.found()
        for day in self.days:
            for hour in (NIGHT, MORNING, AFTERNOON) if is_working_day(self.world, day) else (NIGHT,):
                if hour == AFTERNOON:
                    self._let_people_act(at(day, PEOPLE_ACT))
                if day not in self.no_program:
                    self._round(at(day, hour.hour, hour.minute), is_morning=hour == MORNING)

    def _let_people_act(self, moment: datetime) -> None:
        with time_machine.travel(moment, tick=False):
            self.acts.on(moment)
        # A renewal that was ended may be followed by another one.
        self.under_way.intersection_update(pk for pk, one in self.world.papers.items() if one.is_renewing)

    def _round(self, moment: datetime, *, is_morning: bool) -> None:
        PostOffice.is_down = moment.date() in self.no_mail
        with time_machine.travel(moment, tick=False):
            while True:
                taken = len(PostOffice.taken)
                sweep(now=moment, by=Machine("sweep"))
                done = pending.work(queue="default")
                # What was withdrawn, refused or came back is made anew by another round.
                if (done["mail"] == len(PostOffice.taken) - taken and not done["bounces"]) or PostOffice.is_down:
                    break
        self.rounds_since_failure = 0 if PostOffice.is_down else self.rounds_since_failure + 1
        self._see_renewals(moment.date())
        for *_, lines in self._letters(PostOffice.refused).values():
            self.judge.was_refused(lines)
        arrived = self._arrived(moment)
        works = self.rounds_since_failure > ALL_WELL_AFTER
        self.judge.look(moment, arrived, everything_works=works, is_morning=is_morning)
        self.acts.letters = arrived or self.acts.letters

    def _arrived(self, moment: datetime) -> list[Arrived]:
        taken, PostOffice.taken, PostOffice.refused = PostOffice.taken, [], []
        rows = self._letters([one.extra_headers["Message-ID"] for one in taken])
        found = []
        for message in taken:
            message_id = message.extra_headers["Message-ID"]
            day, purpose, lines = rows[message_id]
            found.append(Arrived(message_id, message.to[0], moment, day, purpose, lines, str(message.body)))
        return found

    @staticmethod
    def _letters(message_ids: Sequence[str]) -> dict[str, tuple[date, str, frozenset[Told]]]:
        """Message-ID → the day and purpose of the message, and what it tells."""
        rows = list(Delivery.objects.filter(message_id__in=message_ids))
        lines: dict[int, set[Told]] = {row.pk: set() for row in rows}
        for line in DeliveryLine.objects.filter(delivery__in=rows).select_related("notice"):
            notice = line.notice
            told = Told(notice.certificate_id, notice.deadline_on, notice.mark, notice.audience)
            lines[line.delivery_id].add(told)
        return {row.message_id: (row.day, row.purpose, frozenset(lines[row.pk])) for row in rows}

    def _see_renewals(self, today: date) -> None:
        by_now = set(Renewal.objects.under_way().values_list("certificate_id", flat=True))
        for pk in by_now - self.under_way:
            paper = self.world.papers[pk]
            paper.is_renewing = True
            if pk in self.renewed:
                self.judge.complaints.append(f"{today}: a second renewal of {pk}")
            self.renewed.add(pk)
            self.acts.plan(pk, today)
        self.under_way = by_now
        for paper in self.world.papers.values():
            if paper.pk not in self.renewed and is_told_about(self.world, paper, today):
                mark = due_mark(self.world, paper, today)
                if mark is not None and opens_renewal(paper.kind, mark):
                    self.judge.complaints.append(f"{today}: no renewal of {paper.pk} was begun")
                    self.renewed.add(paper.pk)
