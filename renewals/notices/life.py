"""Does somebody look every day, could everything be looked at, and did the mails leave?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from renewals.models import Delivery, DeliveryState, SweepRun
from renewals.models.notice import SweepRunQuerySet

#: The clock looks every quarter of an hour; a day and a little more without a good round is an alarm.
LATE_AFTER = timedelta(hours=26)
#: A message that does not leave is given up after some days; longer than that nothing waits to be counted.
LONGEST_WAY = timedelta(days=14)
#: A message that was given up counts as long as people may still want to see to it.
SHOWN = timedelta(days=2)


class Pulse(StrEnum):
    """How the watch is."""

    WELL = "well"
    #: No round ever came to its end.
    NEVER = "never"
    #: Rounds came to their end, and no longer do.
    STILL = "still"
    #: Rounds come to their end, and some certificates or messages fail in every one of them.
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Life:
    """The newest round that came to its end, and the newest of those in which nothing failed."""

    pulse: Pulse
    last: SweepRun | None
    good: SweepRun | None

    @property
    def is_late(self) -> bool:
        """Whether the last good round is too long ago."""
        return self.pulse is not Pulse.WELL


@dataclass(frozen=True, slots=True)
class Mail:
    """Messages that left since a moment, and those that tried and did not: still waiting, or given up lately."""

    sent: int
    undelivered: int


def signs_of_life(*, now: datetime) -> Life:
    """How the watch is at a moment, by the rounds that began before it.

    A round from a clock that ran ahead proves nothing until its moment has come.
    """
    rounds = SweepRun.objects.finished().filter(started_at__lte=now)
    last = rounds.first()
    good = last if last is None or not last.failed else rounds.filter(failed=0).first()
    return Life(pulse=_pulse(last, good, since=now - LATE_AFTER), last=last, good=good)


def mail_of_round(*, began_at: datetime, now: datetime) -> Mail:
    """How the mails of the firm fared since the round before the one that began then.

    Sending is other work than a round's, but the round's record is where people look.
    """
    before = _before(began_at).values_list("started_at", flat=True).first()
    # By the index on their age: the states of all there ever were stand behind their texts, which are long.
    recent = Delivery.objects.order_by().filter(created_at__gte=(before or began_at) - LONGEST_WAY)
    sent = recent.filter(state=DeliveryState.SENT, sent_at__gte=before) if before else recent.none()
    on_their_way = recent.filter(state__in=[DeliveryState.PENDING, DeliveryState.SENDING])
    given_up = recent.filter(state=DeliveryState.FAILED, created_at__gte=now - SHOWN)
    return Mail(
        sent=sent.count(),
        undelivered=on_their_way.exclude(failure_code="").count() + given_up.count(),
    )


def _before(moment: datetime) -> SweepRunQuerySet:
    return SweepRun.objects.filter(started_at__lt=moment).order_by("-started_at")


def _pulse(last: SweepRun | None, good: SweepRun | None, *, since: datetime) -> Pulse:
    if last is None:
        return Pulse.NEVER
    if last.started_at < since:
        return Pulse.STILL
    return Pulse.WELL if good is not None and good.started_at >= since else Pulse.FAILING
