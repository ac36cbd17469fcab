"""How does a partner see how the renewals went, by month, kind and person, and take the figures along?"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dates import MONTHS, MONTHS_3
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from renewals.access import Right, require
from renewals.desk.outcomes import Group, Outcome, outcomes_between, summed, year_until
from renewals.models.certificate import Kind
from renewals.wording.figures import CAUSES
from renewals.wording.steps import say_step

#: The highest column of the chart, and the longest bar beside it.
COLUMN, BAR = 100, 100
#: What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class YearForm(forms.Form):
    """Which month is the last of the twelve."""

    hasta = forms.DateField(input_formats=["%Y-%m"], required=False)


@dataclass(frozen=True, slots=True)
class Column:
    """One month of the chart; the heights are out of ``COLUMN`` and stand on each other from below."""

    label: str
    short: str
    group: Group
    in_time: int
    late: int
    cancelled: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One cause and its business days; ``length`` is out of ``BAR``."""

    label: str
    days: int
    length: int


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table."""

    label: str
    group: Group


@never_cache
@require_GET
def outcomes(request: HttpRequest) -> HttpResponse:
    """Twelve months of closed renewals."""
    require(request.user, Right.MANAGE)
    today = timezone.localdate()
    until = _until(request, today)
    first, last = year_until(until)
    found = summed(outcomes_between(first, last), first=first, last=last)
    later = year_until(_a_year(until, 1))[1]
    context = {
        "outcomes": found,
        "until": until,
        "earlier": _a_year(until, -1),
        "later": min(later, today) if last < today else None,
        "columns": _columns(found.months),
        "column_height": COLUMN,
        "bars": _bars(found.blocked),
        "bar_length": BAR,
        "kinds": [Row(str(Kind(one.key).label), one) for one in found.kinds],
        "people": [Row(one.key or _("Sin asignar"), one) for one in found.people],
        "steps": [(say_step(one.key), one) for one in found.steps],
        "section": "renewals",
    }
    return render(request, "renewals/outcomes.html", context)


@never_cache
@require_GET
def outcomes_csv(request: HttpRequest) -> HttpResponse:
    """The same renewals, one a line, for a spreadsheet."""
    require(request.user, Right.MANAGE)
    first, last = year_until(_until(request, timezone.localdate()))
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    causes = {cause: str(words) for cause, words in CAUSES.items()}
    heads = [_("Empresa"), "RFC", _("Certificado"), _("Registro o sucursal"), _("A cargo de"), _("Resultado")]
    heads += [_("Cerrada el"), _("Días antes del vencimiento"), _("Días antes del plazo"), _("Días hábiles en total")]
    heads += [_("Días hábiles detenida %(cause)s") % {"cause": cause} for cause in causes.values()]
    writer.writerow([*heads, _("Pasos hechos"), _("Pasos a la primera")])
    for one in outcomes_between(first, last):
        writer.writerow(_line(one, list(causes)))
    # With the mark by which spreadsheets know UTF-8.
    response = HttpResponse(buffer.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    name = f"renovaciones-{first:%Y-%m}-{last:%Y-%m}.csv"
    response.headers["Content-Disposition"] = str(content_disposition_header(as_attachment=True, filename=name))
    return response


def _until(request: HttpRequest, today: date) -> date:
    """The month that is asked for; this one where none is, or one that cannot be."""
    form = YearForm(request.GET)
    asked = form.cleaned_data["hasta"] if form.is_valid() else None
    return asked if asked is not None and date(2000, 1, 1) <= asked <= today else today


def _a_year(day: date, years: int) -> date:
    return day.replace(day=1, year=day.year + years)


def _columns(months: Sequence[Group]) -> list[Column]:
    most = max((one.total for one in months), default=0) or 1
    columns = []
    for one in months:
        year, month = map(int, one.key.split("-"))
        heights = [round(COLUMN * number / most) for number in (one.in_time, one.late, one.cancelled)]
        columns.append(Column(f"{MONTHS[month]} {year}", str(MONTHS_3[month]), one, *heights))
    return columns


def _bars(blocked: Mapping[str, int]) -> list[Bar]:
    most = max(blocked.values(), default=0) or 1
    return [Bar(str(CAUSES.get(cause, cause)), days, round(BAR * days / most)) for cause, days in blocked.items()]


def _line(one: Outcome, causes: Sequence[str]) -> list[object]:
    figures = one.figures
    result = (_("En plazo") if one.is_in_time else _("Tarde")) if figures.is_done else _("Cancelada")
    texts = [one.company, one.rfc, str(Kind(one.kind).label), one.scope, one.person, result]
    return [
        *map(_as_text, texts),
        one.closed_on.isoformat(),
        figures.days_before_expiry,
        figures.days_before_deadline,
        figures.business_days,
        *(figures.blocked.get(cause, 0) for cause in causes),
        figures.steps_done,
        figures.passed_at_once,
    ]


def _as_text(text: str) -> str:
    """Never a formula, whatever somebody called their company."""
    return f"'{text}" if text.startswith(_FORMULA) else text
