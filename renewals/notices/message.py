"""What does one person's message of the day say? Lines in, subject, text and HTML out; nothing is looked up here."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from renewals.expiry import calendar
from renewals.expiry.windows import Light, light, renewal_opens_at
from renewals.models import Certificate, Detour, PairState
from renewals.models.certificate import Kind
from renewals.notices.returns import Return
from renewals.wording.notices import SECTIONS, say_action, say_consequence, say_detour, say_expiry, say_summary
from renewals.wording.steps import STEPS

#: So many lines, the most urgent ones, tell everything; the others are told in one row each. Mail programs cut long
#: messages off (Gmail at about 100 kB).
FULL_LINES = 50
#: Business days within which IMSS wants to hear of a worker's movement (LSS article 15-I).
IMSS_TERM = 5


@dataclass(frozen=True, slots=True)
class Work:
    """How far the renewal of a certificate has come: its step, empty until the steps are laid out."""

    step_key: str


@dataclass(frozen=True, slots=True)
class Line:
    """One certificate in a message."""

    company: str
    kind: str
    scope: str
    serial: str
    days_left: int
    light: Light
    when: str
    consequence: str
    action: str
    detour: str
    url: str


@dataclass(frozen=True, slots=True)
class Section:
    """The lines under one light."""

    light: Light
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """What is frozen into a delivery."""

    subject: str
    text: str
    html: str


def line_for(certificate: Certificate, *, today: date, work: Work | None, detour: Detour) -> Line:
    """What a message says of one certificate, whose company and responsible person are loaded."""
    days_left = certificate.days_left(today)
    colour = light(certificate.days_to_deadline(today), certificate.kind, is_expired=days_left < 0)
    responsible = certificate.company.responsible
    return Line(
        company=certificate.company.name,
        kind=str(Kind(certificate.kind).label),
        scope=certificate.scope,
        serial=certificate.serial,
        days_left=days_left,
        light=colour,
        when=say_expiry(certificate.expires_on, today=today),
        consequence=say_consequence(
            certificate.kind,
            is_expired=colour is Light.EXPIRED,
            deadline=calendar.business_days_after(today, IMSS_TERM, rule=calendar.Rule.IMSS_AVISO),
            today=today,
        ),
        action=_action(certificate, colour, work=work),
        detour=say_detour(detour, person=str(responsible or "")),
        url=settings.PUBLIC_URL + reverse("certificate", args=[certificate.pk]),
    )


def compose(lines: Sequence[Line], *, name: str, returns: Sequence[Return] = (), heads: str = "") -> Message:
    """The message of one day for one person, most urgent first; ``returns`` are files that they should have removed.

    ``heads`` are the signed heads of the history for somebody who keeps them outside.
    """
    ordered = sorted(lines, key=lambda line: (line.days_left, line.company, line.serial))
    context = {
        "name": name,
        "only": ordered[0] if len(ordered) == 1 else None,
        "count": len(ordered),
        "returns": returns,
        "heads": heads.splitlines(),
        "summary": say_summary(Counter(line.light.value for line in ordered)),
        "sections": _sections(ordered[:FULL_LINES]),
        "in_short": ordered[FULL_LINES:],
        "home": settings.PUBLIC_URL + reverse("home"),
    }
    # One line of a sensible length, whatever somebody typed as a name: a header ends at the first break.
    subject = " ".join(render_to_string("emails/digest/subject.txt", context).split())[:200]
    return Message(
        subject=subject,
        text=render_to_string("emails/digest/message.txt", context),
        html=render_to_string("emails/digest/message.html", {**context, "subject": subject}),
    )


def _sections(lines: Sequence[Line]) -> list[Section]:
    sections = []
    for one in Light:
        under = tuple(line for line in lines if line.light is one)
        if under:
            sections.append(Section(one, str(SECTIONS[one.value]), under))
    return sections


def _action(certificate: Certificate, colour: Light, *, work: Work | None) -> str:
    if work is not None:
        return say_action("go_on", step=str(STEPS[work.step_key])) if work.step_key in STEPS else say_action("open")
    if certificate.pair_state in {PairState.NO_KEY, PairState.FAILED}:
        return say_action("ask_for_key")
    if colour is Light.GREEN:
        return say_action("get_ready", days=renewal_opens_at(certificate.kind))
    return say_action("begin_expired" if colour is Light.EXPIRED else "begin")
