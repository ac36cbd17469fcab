"""How does a certificate, or an event of its history, stand on a page: which colour, which words?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from renewals.expiry.windows import Light, light
from renewals.models import Certificate, Renewal, Silence
from renewals.wording.days import say_days_left, say_days_to_deadline
from renewals.wording.events import say_event
from renewals.wording.history import say_actor, say_facts
from renewals.wording.lights import LIGHTS, PAIRS
from renewals.wording.notices import say_deadline

#: So many lines of history a page begins with, and so many it shows at most.
FIRST, MOST = 8, 300


@dataclass(frozen=True, slots=True)
class Standing:
    """One certificate in words; colours are classes of the style sheet.

    ``renewal`` is the one under way; ``may_start`` where one should begin; ``silence`` is what keeps it quiet.
    ``deadline`` and ``why`` tell of a deadline before the last day; empty where there is none, or it is over anyway.
    """

    certificate: Certificate
    colour: str
    word: str | Promise
    lasts: str
    deadline: str
    why: str
    key_colour: str
    key_word: str | Promise
    renewal: Renewal | None
    may_start: bool
    silence: Silence | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of history."""

    at: datetime
    what: str
    who: str
    details: str


def standing(
    certificate: Certificate, *, today: date, renewal: Renewal | None, silence: Silence | None = None
) -> Standing:
    """Traffic light, days left and key of one certificate; grey once it was replaced."""
    days = certificate.days_left(today)
    colour = light(certificate.days_to_deadline(today), certificate.kind, is_expired=days < 0)
    shown = (colour.value, LIGHTS[colour]) if certificate.retired_at is None else ("grey", _("Sustituido"))
    is_apart = certificate.retired_at is None and days >= 0 and certificate.deadline_on != certificate.expires_on
    key_colour, key_word = PAIRS[certificate.pair_state]
    return Standing(
        certificate=certificate,
        colour=shown[0],
        word=shown[1],
        lasts=say_days_left(days),
        deadline=say_days_to_deadline(certificate.days_to_deadline(today)) if is_apart else "",
        why=say_reason(certificate, today=today) if is_apart else "",
        key_colour=key_colour,
        key_word=key_word,
        renewal=renewal,
        may_start=renewal is None and certificate.retired_at is None and colour is not Light.GREEN,
        silence=silence,
    )


def say_reason(certificate: Certificate, *, today: date) -> str:
    """Why the deadline of a certificate is on its day; empty where it is the last one of validity."""
    return say_deadline(
        certificate.deadline_reason,
        expires_on=certificate.expires_on,
        deadline_on=certificate.deadline_on,
        today=today,
    )


def history(events: QuerySet[Any], *, everything: bool) -> Sequence[Line]:
    """The newest events in words, one more than :data:`FIRST` where there are more to see.

    Why a person did something is their own sentence; the program's reasons are no reading.
    """
    return [
        Line(
            at=event.at,
            what=say_event(event.name),
            who=str(event.person) if event.person else say_actor(event.actor),
            details=say_facts({name: fact for name, fact in event.facts.items() if event.person or name != "reason"}),
        )
        for event in events[: MOST if everything else FIRST + 1]
    ]
