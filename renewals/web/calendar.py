"""Which days does nobody work, by law and by what people wrote down, and how is that list kept?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from renewals.access import Right, may, require
from renewals.errors import Refusal
from renewals.errors.calendar import (
    CalendarDayGone,
    CalendarDayKnown,
    CalendarDayOfNowhere,
    CalendarDayUnchanged,
    CalendarDayUnsourced,
)
from renewals.expiry.calendar import CLOSED_AT_SAT, labour_holidays
from renewals.expiry.overlay import add_day, days_of, remove_day
from renewals.models import Authority, Region
from renewals.web.middleware import ELSEWHERE
from renewals.wording.days import say_date
from renewals.wording.errors import say_refusal

#: Years that a page or an entry may be about.
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100
#: The field that a refusal is about.
PLACES: Final[dict[type[Refusal], str]] = {
    CalendarDayUnsourced: "source",
    CalendarDayOfNowhere: "region",
    CalendarDayUnchanged: "day",
    CalendarDayKnown: "day",
}


class DayForm(forms.Form):
    """One day on which the law does not have the last word."""

    day = forms.DateField(
        label=gettext_lazy("¿Qué día?"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    opens = forms.TypedChoiceField(
        label=gettext_lazy("¿Se trabaja?"),
        choices=[("no", gettext_lazy("No: está cerrado")), ("si", gettext_lazy("Sí: está abierto"))],
        coerce=lambda value: value == "si",
        initial="no",
    )
    authority = forms.ChoiceField(label=gettext_lazy("¿En qué oficinas?"), choices=Authority.choices)
    region = forms.ChoiceField(
        label=gettext_lazy("¿En qué estado?"),
        choices=[("", gettext_lazy("En todo el país")), *Region.choices],
        required=False,
        help_text=gettext_lazy("Para las empresas de ese estado. El calendario del despacho no lleva estado."),
    )
    source = forms.CharField(
        label=gettext_lazy("¿Dónde se publicó?"),
        max_length=200,
        help_text=gettext_lazy("Por ejemplo: DOF del 3 de enero, aviso de la subdelegación, acuerdo de socios."),
    )

    def clean_day(self) -> date:
        """Within the years that the list shows."""
        day: date = self.cleaned_data["day"]
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise forms.ValidationError(_("Revisa el año."))
        return day


@dataclass(frozen=True, slots=True)
class DayLine:
    """One day of the list in words; ``pk`` where somebody wrote it down, ``None`` where the law says so."""

    day: date
    opens: bool
    whose: str
    where: str
    source: str
    who: str
    pk: int | None


@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """The days of one year."""
    return _page(request, DayForm(), _year_asked_for(request.GET.get("anio", "")))


@require_POST
def calendar_day_add(request: HttpRequest) -> HttpResponse:
    """Write down one day."""
    by = require(request.user, Right.MANAGE)
    form = DayForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        try:
            made = add_day(**told | {"authority": Authority(told["authority"])}, by=by)
        except ELSEWHERE:
            raise
        except Refusal as refusal:
            form.add_error(PLACES.get(type(refusal)), say_refusal(refusal))
        else:
            messages.success(request, _("Se anotó el %(day)s.") % {"day": say_date(made.day)})
            return redirect(f"{reverse('calendar')}?anio={made.day.year}")
    day = form.cleaned_data.get("day")
    return _page(request, form, day.year if day else timezone.localdate().year)


@require_POST
def calendar_day_remove(request: HttpRequest, day_id: int) -> HttpResponse:
    """Take one day out of the list."""
    by = require(request.user, Right.MANAGE)
    try:
        remove_day(day_id=day_id, by=by)
    except CalendarDayGone as refusal:
        messages.error(request, say_refusal(refusal))
    else:
        messages.success(request, _("El día se quitó del calendario."))
    year = _year_asked_for(request.GET.get("anio", ""))
    return redirect(f"{reverse('calendar')}?anio={year}")


def _page(request: HttpRequest, form: DayForm, year: int) -> HttpResponse:
    told: dict[str, Any] = {
        "form": form,
        "year": year,
        "before": year - 1 if year > FIRST_YEAR else None,
        "after": year + 1 if year < LAST_YEAR else None,
        "today": timezone.localdate(),
        "lines": sorted(_lines(year), key=lambda line: (line.day, line.pk or 0)),
        "may_manage": may(request.user, Right.MANAGE),
        "section": "calendar",
    }
    return render(request, "calendar.html", told)


def _lines(year: int) -> Iterator[DayLine]:
    for day, name in labour_holidays(year).items():
        law = _("%(name)s (Ley Federal del Trabajo)") % {"name": name}
        yield _closed_by_law(day, Authority.EVERYBODY, law)
    month, number = CLOSED_AT_SAT
    law = _("Código Fiscal de la Federación, artículo 12")
    yield _closed_by_law(date(year, month, number), Authority.SAT, law)
    for one in days_of(year):
        whose = str(Authority(one.authority).label)
        everywhere = "—" if one.authority == Authority.FIRM else _("Todo el país")
        where = str(Region(one.region).label) if one.region else everywhere
        yield DayLine(one.day, one.is_open, whose, where, one.source, str(one.by), one.pk)


def _closed_by_law(day: date, authority: Authority, law: str) -> DayLine:
    return DayLine(
        day=day, opens=False, whose=str(authority.label), where=_("Todo el país"), source=law, who="", pk=None
    )


def _year_asked_for(text: str) -> int:
    """The year in the address, this one where it carries none that is shown."""
    if text.isascii() and text.isdigit() and len(text) <= len(str(LAST_YEAR)) and FIRST_YEAR <= int(text) <= LAST_YEAR:
        return int(text)
    return timezone.localdate().year
