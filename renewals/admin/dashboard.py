"""What needs the firm's attention today? Every number leads to exactly the rows it counts."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import MONTHS, MONTHS_3
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from renewals.access import Right, may, require
from renewals.admin.chips import light_chip, step_text
from renewals.admin.watch import watch_of
from renewals.approvals.deciding import waiting_for
from renewals.clients.mandates import waiting_for as waiting_mandates
from renewals.custody.bundles import to_collect
from renewals.custody.returning import still_out
from renewals.desk.overview import Month, Overview, Urgent, overview_for
from renewals.models import StandIn
from renewals.procedure.incidents import open_incidents
from renewals.procedure.installing import still_to_install
from renewals.wording.days import say_days_left, say_days_to_deadline

#: So many mandates that wait for a word are named; the others follow once these are settled.
MOST_MANDATES = 5
#: So many places where a certificate is missing are named; the others follow once these are settled.
MOST_PLACES = 5
#: A column of the chart is drawn so high; the text above and below it is not counted.
COLUMN = 100


@dataclass(frozen=True, slots=True)
class Tile:
    """One number, where it leads and how much it should worry."""

    label: str | Promise
    number: int
    link: str
    tone: str


@dataclass(frozen=True, slots=True)
class Column:
    """One month of the chart; ``height`` is out of ``COLUMN``."""

    label: str
    short: str
    ending: int
    height: int
    link: str


@dataclass(frozen=True, slots=True)
class Task:
    """One line of what to do today."""

    company: str
    certificate: str
    light: SafeString
    when: str
    todo: str
    link: str


def dashboard_context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the admin's first page shows; the numbers cover the person's own companies."""
    person = require(request.user, Right.SEE)
    now = timezone.now()
    today = timezone.localdate(now)
    found = overview_for(person, today=today, now=now)
    return context | {
        "title": _("Tablero"),
        "overview": found,
        "watch": watch_of(found.life),
        "tiles": _tiles(found),
        "columns": _columns(found.months),
        "column_height": COLUMN,
        "tasks": [_task(one, today) for one in found.urgent],
        "may_work": may(person, Right.WORK),
        "incidents": open_incidents(),
        "standing_in": StandIn.objects.of_stand_in(person).on(today).by_day(),
        "mandates_waiting": waiting_mandates(person, today=today)[:MOST_MANDATES],
        "to_collect": list(to_collect(person, now=now)),
        "files_out": still_out(person).count(),
        "places_left": still_to_install(person)[:MOST_PLACES],
        "approvals_waiting": waiting_for(person, now=now).count(),
    }


def _tiles(found: Overview) -> list[Tile]:
    certificates, renewals = "renewals_certificate", "renewals_renewal"
    tiles = [
        Tile(_("Vencidos"), found.expired, _list(certificates, faltan="vencidos"), "expired"),
        *(
            Tile(_due_label(days), number, _list(certificates, faltan=str(days)), tone)
            for (days, number), tone in zip(found.due.items(), ("red", "amber", "plain"), strict=True)
        ),
        Tile(_("En renovación"), found.in_renewal, _list(renewals), "plain"),
        Tile(_("Por revisar hoy"), found.to_check, _list(renewals, avance="por-revisar"), "amber"),
        Tile(_("Renovaciones atoradas"), found.stuck, _list(renewals, avance="atorada"), "red"),
        Tile(_("Renovaciones detenidas"), found.held_up, _list(renewals, avance="detenida"), "amber"),
        Tile(_("Sin llave que funcione"), found.without_key, _list(certificates, estado="sin-llave"), "amber"),
    ]
    if found.unassigned is not None:
        link = _list("renewals_company", asignacion="sin-responsable")
        tiles.append(Tile(_("Empresas sin responsable"), found.unassigned, link, "amber"))
    return tiles


def _due_label(days: int) -> str:
    return str(_("Vencen en %(days)s días")) % {"days": days}


def _columns(months: tuple[Month, ...]) -> list[Column]:
    most = max((month.ending for month in months), default=0) or 1
    return [
        Column(
            label=f"{MONTHS[month.first.month]} {month.first.year}",
            short=str(MONTHS_3[month.first.month]),
            ending=month.ending,
            height=-(-COLUMN * month.ending // most),
            link=_list("renewals_certificate", mes=f"{month.first:%Y-%m}"),
        )
        for month in months
    ]


def _task(urgent: Urgent, today: date) -> Task:
    if urgent.renewal is None:
        todo, link = gettext("Empezar la renovación"), reverse("certificate", args=[urgent.certificate.pk])
    else:
        todo, link = step_text(urgent.renewal), reverse("renewal", args=[urgent.renewal.pk])
    return Task(
        company=urgent.certificate.company.name,
        certificate=str(urgent.certificate),
        light=light_chip(urgent.certificate, today),
        when=_when(urgent, today),
        todo=todo,
        link=link,
    )


def _when(urgent: Urgent, today: date) -> str:
    """Until when: the last day, and before it a deadline that is another one."""
    lasts, row = say_days_left(urgent.days_left), urgent.certificate
    if urgent.days_left < 0 or row.deadline_on == row.expires_on:
        return lasts
    return f"{say_days_to_deadline(row.days_to_deadline(today))} · {lasts}"


def _list(model: str, **narrowed: str) -> str:
    address = reverse(f"admin:{model}_changelist")
    return f"{address}?{urlencode(narrowed)}" if narrowed else address
