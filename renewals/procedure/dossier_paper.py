"""What does the dossier of a renewal look like on paper? Made of rows, without reading a file."""

import hashlib
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format

from renewals.models import Certificate, ClientRequest, Evidence, InstallationAnswer, RenewalState, StepState, WaitEnd
from renewals.models.certificate import Kind
from renewals.models.checkout import What
from renewals.models.client_request import Wanted
from renewals.procedure.dossier import Told, name_in_zip
from renewals.procedure.overview import StepStanding
from renewals.vault.paper import BOLD, MONO, Paper
from renewals.wording import dossiers as words
from renewals.wording.events import say_event
from renewals.wording.figures import say_blocked, say_business_days, say_days_before
from renewals.wording.history import say_actor, say_facts
from renewals.wording.playbooks import say_playbook
from renewals.wording.steps import GRADES, say_step, say_warnings

#: How the files are called in the folder where the signature is checked.
PDF, MANIFEST = "expediente.pdf", "manifest.json"
_INDENT = 14


def command(*, key_id: str) -> str:
    """What checks the signature of the dossier, in the folder of its ZIP."""
    return f"openssl pkeyutl -verify -pubin -inkey {key_id}.pem -rawin -in {PDF} -sigfile {PDF}.sig"


def paper(told: Told, *, key_id: str, made_at: datetime) -> bytes:
    """The dossier as PDF; ``key_id`` is the audit key that will sign it."""
    # Once to learn how many pages there are, and once with their number on each.
    first = _drawn(told, key_id=key_id, made_at=made_at, pages=0)
    return _drawn(told, key_id=key_id, made_at=made_at, pages=first.page).finished()


def _drawn(told: Told, *, key_id: str, made_at: datetime, pages: int) -> Paper:
    company = told.renewal.company
    whose = words.OF_COMPANY % {"company": company.name, "rfc": company.rfc}
    page = Paper(title=str(words.TITLE), subject=company.rfc, running=f"{words.TITLE} · {whose}", pages=pages)
    page.line(words.TITLE, font=BOLD, size=18, after=6)
    page.text(company.name, font=BOLD, size=13)
    page.text(company.rfc, font=MONO, size=11, after=6)
    is_done = told.renewal.state == RenewalState.DONE
    page.text(f"{words.CLOSED if is_done else words.CANCELLED}, {_moment(told.closed_at)}", after=8)
    _facts(page, told)
    _certificates(page, told)
    _figures(page, told)
    page.heading(words.STEPS)
    page.text(words.GRADES, size=9, after=8)
    for one in told.steps:
        _step(page, told, one)
    _around(page, told)
    page.heading(words.HISTORY)
    for event in told.history:
        who = str(event.person) if event.person else say_actor(event.actor)
        at_step = say_step(str(event.facts["step"])) if event.facts.get("step") else ""
        details = say_facts({name: fact for name, fact in event.facts.items() if event.person or name != "reason"})
        parts = [_moment(event.at), say_event(event.name), at_step, who, details]
        page.text(" · ".join(filter(None, parts)), size=8.5)
    page.heading(words.CHECK, keep=150)
    page.text(words.CHECK_SIGNATURE, size=10, after=5)
    page.text(command(key_id=key_id), font=MONO, size=7.5, after=8)
    page.text(words.CHECK_MANIFEST, size=10, after=5)
    page.text(hashlib.sha256(told.manifest).hexdigest(), font=MONO, size=9, after=8)
    zone = date_format(timezone.localtime(made_at), "e")
    page.text(words.MADE % {"when": _moment(made_at), "zone": zone}, size=10)
    return page


def _facts(page: Paper, told: Told) -> None:
    renewal = told.renewal
    registros = ", ".join(renewal.registros_patronales.order_by("number").values_list("number", flat=True))
    values = {
        "kind": str(Kind(renewal.certificate.kind).label),
        "scope": renewal.certificate.scope,
        "registros": registros,
        "asked_at": _moment(renewal.created_at),
        "begun_at": _moment(renewal.begun_at) if renewal.begun_at else "",
        "closed_at": _moment(told.closed_at),
        "reason": renewal.closing_reason if renewal.state == RenewalState.CANCELLED else "",
        "in_charge": str(renewal.assignee or ""),
    }
    for name, value in values.items():
        if value:
            page.fact(words.FACTS[name], value)


def _certificates(page: Paper, told: Told) -> None:
    page.heading(words.CERTIFICATES, keep=130)
    _certificate(page, words.OLD, told.renewal.certificate)
    if told.renewal.new_certificate is not None:
        page.keep(130)
        _certificate(page, words.NEW, told.renewal.new_certificate)
    if told.pending_key:
        page.text(words.PENDING_KEY, font=BOLD, size=10, after=3)
        _fingerprint(page, words.KEY_FINGERPRINT, told.pending_key)


def _certificate(page: Paper, title: object, one: Certificate) -> None:
    page.text(title, font=BOLD, size=10, after=3)
    page.fact(words.SERIAL, one.serial, font=MONO)
    page.fact(words.ISSUER, one.issuer)
    first, last = timezone.localtime(one.not_before), timezone.localtime(one.not_after)
    page.fact(words.VALID, words.FROM_TO % {"first": _moment(first), "last": _moment(last)})
    _fingerprint(page, words.FINGERPRINT, one.sha256)
    _fingerprint(page, words.KEY_FINGERPRINT, one.public_key_sha256)
    page.gap(5)


def _fingerprint(page: Paper, name: object, value: str) -> None:
    page.text(name, size=10)
    page.text(value, font=MONO, size=9, after=4)


def _figures(page: Paper, told: Told) -> None:
    figures = told.figures
    page.heading(words.FIGURES, keep=125)
    if figures.days_before_expiry is not None and figures.days_before_deadline is not None:
        page.fact(words.BEFORE_EXPIRY, say_days_before(figures.days_before_expiry))
        page.fact(words.BEFORE_DEADLINE, say_days_before(figures.days_before_deadline))
    page.fact(words.BUSINESS_DAYS, say_business_days(figures.business_days))
    blocked = [say_blocked(kind, days) for kind, days in figures.blocked.items()]
    page.fact(words.BLOCKED, "; ".join(blocked) or str(words.NOT_BLOCKED))
    page.fact(words.AT_ONCE, words.SO_MANY_OF % {"at_once": figures.passed_at_once, "done": figures.steps_done})


def _step(page: Paper, told: Told, one: StepStanding) -> None:
    page.keep(70)
    row = one.row
    page.text(f"{one.number}. {say_step(one.step.key)} · {StepState(row.state).label}", font=BOLD, size=10.5)
    if row.state == StepState.DONE and row.done_at is not None:
        who = str(row.done_by or words.THE_SYSTEM)
        page.text(words.STEP_DONE % {"who": who, "when": _moment(row.done_at)}, size=9)
    if row.refusals:
        page.text(words.STEP_REFUSED % {"times": row.refusals}, size=9)
    for kept in one.evidence:
        _proof(page, told, kept)
    if row.state == StepState.DONE and not one.evidence:
        page.text(words.NO_PROOFS, size=9, indent=_INDENT)
    page.gap(7)


def _proof(page: Paper, told: Told, kept: Evidence) -> None:
    page.gap(3)
    who = str(kept.by or words.THE_SYSTEM)
    parts = [kept.grade, str(words.WHAT.get(kept.what, GRADES[kept.grade])), who, _moment(kept.created_at)]
    page.text(" · ".join(parts), size=9, indent=_INDENT)
    notes = [one for one in (say_facts(kept.facts), *say_warnings(kept.facts)) if one]
    if kept.superseded_at is not None:
        notes.append(str(words.SUPERSEDED))
    if kept.playbook is not None:
        notes.append(words.FROM_PLAYBOOK % {"playbook": say_playbook(kept.playbook.key)[0]})
    if kept.pk in told.missing:
        notes.append(str(words.FILE_MISSING))
    if kept.pk in told.changed:
        notes.append(str(words.FILE_CHANGED))
    for note in notes:
        page.text(note, size=9, indent=_INDENT)
    if kept.file_sha256:
        page.text(words.FILE % {"name": kept.file_name, "size": kept.file_size}, size=9, indent=_INDENT)
        page.text(name_in_zip(kept), font=MONO, size=8, indent=_INDENT)
        page.text(f"SHA-256 {kept.file_sha256}", font=MONO, size=8, indent=_INDENT)


def _around(page: Paper, told: Told) -> None:
    """What happened beside the steps; a part that would be empty is left out."""
    parts = (
        (words.WAITS, _waits(told)),
        (words.PLAYBOOKS, _playbooks(told)),
        (words.REQUESTS, [_request(one) for one in told.requests]),
        (words.CHECKOUTS, _checkouts(told)),
        (words.PLACES, _places(told)),
    )
    for title, lines in parts:
        if lines:
            page.heading(title)
            for line in lines:
                page.text(line, size=9.5, after=2)


def _waits(told: Told) -> list[str]:
    return [
        words.WAIT
        % {
            "kind": one.get_kind_display(),
            "cause": one.cause.rstrip("."),
            "first": _moment(one.begun_at),
            "last": _moment(one.ended_at or told.closed_at),
            "how": f"{WaitEnd(one.how_ended).label}." if one.how_ended else "",
        }
        for one in told.waits
    ]


def _playbooks(told: Told) -> list[str]:
    return [
        words.PLAYBOOK
        % {
            "playbook": say_playbook(one.key)[0],
            "step": say_step(one.step_key),
            "state": one.get_state_display(),
            "who": one.begun_by,
            "first": _moment(one.begun_at),
            "last": _moment(one.ended_at or told.closed_at),
        }
        for one in told.playbooks
    ]


def _request(one: ClientRequest) -> str:
    return words.REQUEST % {
        "what": ", ".join(str(Wanted(item.what).label) for item in one.items.all()),
        "name": one.contact_name,
        "when": _moment(one.asked_at),
        "who": one.asked_by,
        "state": one.get_state_display(),
    }


def _checkouts(told: Told) -> list[str]:
    return [
        words.CHECKOUT
        % {
            "what": What(one.what).label,
            "who": one.person,
            "when": _moment(one.taken_at or one.asked_at),
            "why": one.reason,
        }
        for one in told.checkouts
    ]


def _places(told: Told) -> list[str]:
    return [
        words.PLACE
        % {
            "place": one.name,
            "answer": InstallationAnswer(one.answer).label,
            "who": one.by,
            "when": _moment(one.at or told.closed_at),
        }
        for one in told.places
        if one.answer
    ]


def _moment(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j b Y, H:i")
