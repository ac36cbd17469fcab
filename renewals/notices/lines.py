"""What does a message say of one certificate, to people of the firm and to the client? Nothing is looked up here."""

from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from django.conf import settings
from django.urls import reverse

from renewals.expiry import calendar
from renewals.expiry.calendar import NOTHING_DECIDED, Overlay
from renewals.expiry.deadlines import Reason, late_way
from renewals.expiry.windows import Light, light, renewal_opens_at
from renewals.models import Certificate, Detour, PairState
from renewals.models.certificate import Kind
from renewals.wording.client_messages import say_client_consequence, say_client_deadline, say_client_request
from renewals.wording.notices import (
    say_action,
    say_blocked,
    say_consequence,
    say_deadline,
    say_detour,
    say_due,
    say_expiry,
    say_late_way,
    say_since,
    say_wait,
    say_who,
)
from renewals.wording.steps import STEPS

#: Business days within which IMSS wants to hear of a worker's movement (LSS article 15-I).
IMSS_TERM: Final = 5
#: Longer names and scopes are cut off: a message has to stay under what mail programs show.
LONGEST_NAME: Final = 80
#: A person's RFC is this long, a company's is shorter by one.
RFC_OF_A_PERSON: Final = 13
#: A renewal waits for the client's key; besides the codes that a step waits for.
NO_KEY: Final = "no_key"
FAILED: Final = "failed"
#: The step goes on by itself within minutes.
GOES_ON_BY_ITSELF: Final = "timer"
#: Colours of the lights on white; each cell carries its own for programs that drop style sheets.
COLOURS: Final = MappingProxyType(
    {Light.EXPIRED: "#a3211a", Light.RED: "#a3211a", Light.AMBER: "#704600", Light.GREEN: "#155c31"}
)


@dataclass(frozen=True, slots=True)
class Work:
    """How far the renewal of a certificate has come.

    ``step_key`` is empty until the steps are laid out. ``waiting_for`` is the code the step waits for, if it does;
    ``failed``: it did not pass; ``since``: the local day on which it stopped. ``assignee``: whose work it is, by name.
    ``cause``: what somebody wrote that it waits for; ``check_on``: the day on which somebody asks again.
    """

    renewal_id: int
    step_key: str = ""
    waiting_for: str = ""
    since: date | None = None
    failed: bool = False
    assignee: str = ""
    cause: str = ""
    check_on: date | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One certificate in a message to somebody of the firm."""

    certificate_id: int
    company: str
    kind: str
    scope: str
    serial: str
    days_to_deadline: int
    light: Light
    when: str
    expires_on: date
    #: Why the day in ``when`` is not the last day of validity; empty where it is.
    deadline: str
    consequence: str
    action: str
    who: str
    detour: str
    url: str
    #: What stands on the button that leads to ``url``.
    label: str

    @property
    def colour(self) -> str:
        """The colour of its light, as mails write it."""
        return COLOURS[self.light]

    @property
    def urgency(self) -> tuple[int, str, str]:
        """By this lines are sorted, the most urgent first; the same as :func:`urgency_of`."""
        return (self.days_to_deadline, self.company, self.serial)


@dataclass(frozen=True, slots=True)
class ClientLine:
    """One certificate in a message to the client: nothing in it leads into the program or names the firm's people."""

    company_id: int
    kind: str
    scope: str
    serial: str
    expires_on: date
    days_to_deadline: int
    light: Light
    when: str
    deadline: str
    consequence: str
    request: str

    @property
    def colour(self) -> str:
        """The colour of its light, as mails write it."""
        return COLOURS[self.light]


@dataclass(frozen=True, slots=True)
class Blocked:
    """A renewal that cannot go on, why (a code), and who has to do something, in words."""

    company: str
    kind: str
    scope: str
    cause: str
    on_whom: str
    since: str
    url: str


def line_for(
    certificate: Certificate,
    *,
    today: date,
    work: Work | None,
    detour: Detour,
    overlay: Overlay = NOTHING_DECIDED,
    has_efirma: bool = False,
) -> Line:
    """What a message says of one certificate, whose company and responsible person are loaded.

    ``overlay`` is what was decided for the offices of IMSS where the company is; ``has_efirma``: the company's e.firma
    is kept here and valid today.
    """
    colour = light_of(certificate, today=today)
    responsible = str(certificate.company.responsible or "")
    url, label = _where(certificate, work)
    return Line(
        certificate_id=certificate.pk,
        company=shortened(certificate.company.name),
        kind=str(Kind(certificate.kind).label),
        scope=shortened(certificate.scope),
        serial=certificate.serial,
        days_to_deadline=certificate.days_to_deadline(today),
        light=colour,
        when=say_due(certificate.expires_on, certificate.deadline_on, today=today),
        expires_on=certificate.expires_on,
        deadline=say_deadline(
            certificate.deadline_reason,
            expires_on=certificate.expires_on,
            deadline_on=certificate.deadline_on,
            today=today,
        ),
        consequence=_consequence(certificate, today=today, overlay=overlay, has_efirma=has_efirma),
        action=_action(certificate, colour, work=work, has_efirma=has_efirma),
        who=say_who(_in_charge(certificate, work)),
        detour=say_detour(detour, person=responsible),
        url=url,
        label=label,
    )


def client_line_for(certificate: Certificate, *, today: date) -> ClientLine:
    """What a message to the client says of one certificate."""
    colour = light_of(certificate, today=today)
    is_expired = colour is Light.EXPIRED
    return ClientLine(
        company_id=certificate.company_id,
        kind=str(Kind(certificate.kind).label),
        scope=shortened(certificate.scope),
        serial=certificate.serial,
        expires_on=certificate.expires_on,
        days_to_deadline=certificate.days_to_deadline(today),
        light=colour,
        when=say_expiry(certificate.expires_on, today=today),
        deadline=say_client_deadline(certificate.deadline_reason, certificate.deadline_on, today=today),
        consequence=say_client_consequence(certificate.kind, is_expired=is_expired),
        request=say_client_request(certificate.kind, has_key=_has_key(certificate), is_expired=is_expired),
    )


def blocked_for(certificate: Certificate, *, today: date, work: Work) -> Blocked | None:
    """Who keeps a renewal from going on; ``None`` where it can, or goes on by itself within minutes."""
    cause = FAILED if work.failed else work.waiting_for
    if not cause and not _has_key(certificate):
        cause = NO_KEY
    if not cause or cause == GOES_ON_BY_ITSELF:
        return None
    url, _label = _where(certificate, work)
    person = _in_charge(certificate, work)
    words = say_blocked(cause, step=str(STEPS.get(work.step_key, "")), person=person)
    if not work.failed and (work.cause or work.check_on is not None):
        words = f"{words} {say_wait(shortened(work.cause), check_on=work.check_on, today=today)}"
    return Blocked(
        company=shortened(certificate.company.name),
        kind=str(Kind(certificate.kind).label),
        scope=shortened(certificate.scope),
        cause=cause,
        on_whom=words if person else f"{words} {say_who(person)}",
        since=say_since(work.since, today=today) if work.since is not None else "",
        url=url,
    )


def urgency_of(certificate: Certificate, *, today: date) -> tuple[int, str, str]:
    """By this certificates are sorted before they are put into words, the most urgent first."""
    return (certificate.days_to_deadline(today), shortened(certificate.company.name), certificate.serial)


def light_of(certificate: Certificate, *, today: date) -> Light:
    """The light that a line about the certificate shows."""
    return light(certificate.days_to_deadline(today), certificate.kind, is_expired=certificate.days_left(today) < 0)


def shortened(name: str) -> str:
    """A name as messages write it."""
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].rstrip()}…"


def _has_key(certificate: Certificate) -> bool:
    return certificate.pair_state not in {PairState.NO_KEY, PairState.FAILED}


def _where(certificate: Certificate, work: Work | None) -> tuple[str, str]:
    """The page on which somebody goes on, and what its button says."""
    if work is None:
        return settings.PUBLIC_URL + reverse("certificate", args=[certificate.pk]), say_action("see_certificate")
    if not work.step_key:
        return settings.PUBLIC_URL + reverse("renewal", args=[work.renewal_id]), say_action("see_renewal")
    return settings.PUBLIC_URL + reverse("step", args=[work.renewal_id, work.step_key]), say_action("see_step")


def _consequence(certificate: Certificate, *, today: date, overlay: Overlay, has_efirma: bool) -> str:
    late = late_way(
        kind=certificate.kind,
        expires_on=certificate.expires_on,
        is_person=len(certificate.rfc) == RFC_OF_A_PERSON,
        # Whose e.firma that is need not be kept here: the words name it either way.
        has_live_representative=True,
        today=today,
    )
    words = say_consequence(
        certificate.kind,
        is_expired=certificate.days_left(today) < 0,
        has_efirma=has_efirma,
        deadline=calendar.business_days_after(today, IMSS_TERM, rule=calendar.Rule.IMSS_AVISO, overlay=overlay),
        today=today,
    )
    way = say_late_way(late.way, late.until, today=today) if late is not None else ""
    return f"{words} {way}".strip()


def _action(certificate: Certificate, colour: Light, *, work: Work | None, has_efirma: bool) -> str:
    if work is not None:
        return _go_on(work, person=_in_charge(certificate, work))
    if not _has_key(certificate):
        return say_action("ask_for_key")
    if colour is Light.GREEN:
        return say_action("get_ready", days=renewal_opens_at(certificate.kind))
    if certificate.kind == Kind.CSD and not has_efirma:
        return say_action("efirma_before")
    if certificate.deadline_reason == Reason.EFIRMA_FIRST:
        return say_action("before_efirma_ends")
    return say_action("begin_expired" if colour is Light.EXPIRED else "begin")


def _in_charge(certificate: Certificate, work: Work | None) -> str:
    """Whoever works on it, else whoever answers for the company."""
    return (work.assignee if work is not None else "") or str(certificate.company.responsible or "")


def _go_on(work: Work, *, person: str) -> str:
    if work.step_key not in STEPS:
        return say_action("open")
    step = str(STEPS[work.step_key])
    if work.failed:
        return say_action("correct", step=step)
    if work.waiting_for and work.waiting_for != GOES_ON_BY_ITSELF:
        return say_action("wait", step=step, reason=say_blocked(work.waiting_for, step=step, person=person))
    return say_action("go_on", step=step)
