"""How does a person make a certificate quiet for a while, with a reason and a day, and loud again?"""

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from renewals.access import Right, certificate_for, require
from renewals.errors import AlreadyMoved, Refusal
from renewals.errors.silences import SilenceDayWrong, SilenceOver, SilenceUnexplained
from renewals.expiry.silencing import Span, allowed, end_silence, silence_of, snooze, waive
from renewals.models import Certificate, Silence, SilenceKind
from renewals.web.middleware import ELSEWHERE
from renewals.wording.days import say_date
from renewals.wording.errors import say_refusal

Verb = Callable[..., Silence]

#: The field that a refusal is about.
PLACES: Final[dict[type[Refusal], str]] = {SilenceDayWrong: "until_on", SilenceUnexplained: "reason"}


class SilenceForm(forms.Form):
    """Until when, and why."""

    until_on = forms.DateField(label=gettext_lazy("¿Cuándo se vuelve a avisar?"))
    reason = forms.CharField(label=gettext_lazy("¿Por qué?"), max_length=300)

    def __init__(self, *args: Any, span: Span | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.span = span
        shown = {"type": "date"}
        if span is not None:
            shown |= {"min": span.first.isoformat(), "max": span.last.isoformat()}
        # A date field of a browser reads this form and no other, whatever the language (HTML, "valid date string").
        self.fields["until_on"].widget = forms.DateInput(format="%Y-%m-%d", attrs=shown)
        if span is not None:
            self.fields["until_on"].help_text = _("Del %(first)s al %(last)s.") % {
                "first": say_date(span.first),
                "last": say_date(span.last),
            }


@never_cache
@require_GET
def certificate_quiet(request: HttpRequest, certificate_id: int) -> HttpResponse:
    """What can be asked for, and what keeps it quiet now."""
    return _page(request, certificate_for(request.user, certificate_id, Right.WORK))


@require_POST
def certificate_snooze(request: HttpRequest, certificate_id: int) -> HttpResponse:
    """Put its reminders off."""
    return _silenced(request, certificate_id, SilenceKind.SNOOZE, snooze)


@require_POST
def certificate_waive(request: HttpRequest, certificate_id: int) -> HttpResponse:
    """Write down that the client renews by himself."""
    return _silenced(request, certificate_id, SilenceKind.WAIVER, waive)


@require_POST
def certificate_tell_again(request: HttpRequest, certificate_id: int) -> HttpResponse:
    """Let people be told again."""
    row = certificate_for(request.user, certificate_id, Right.WORK)
    by = require(request.user, Right.WORK)
    try:
        end_silence(silence=silence_of(row, today=timezone.localdate()), by=by, now=timezone.now())
    except SilenceOver as refusal:
        messages.error(request, say_refusal(refusal))
    else:
        messages.success(request, _("Se vuelve a avisar de este certificado desde ahora."))
    return redirect("certificate", row.pk)


def _silenced(request: HttpRequest, certificate_id: int, kind: SilenceKind, verb: Verb) -> HttpResponse:
    row = certificate_for(request.user, certificate_id, Right.WORK)
    by = require(request.user, Right.WORK)
    now = timezone.now()
    form = _form(kind, row, today=timezone.localdate(now), data=request.POST)
    if not form.is_valid():
        return _page(request, row, form, kind)
    try:
        made = verb(certificate=row, by=by, now=now, **form.cleaned_data)
    except ELSEWHERE:
        raise
    except AlreadyMoved as refusal:
        messages.error(request, say_refusal(refusal))
    except Refusal as refusal:
        form.add_error(PLACES.get(type(refusal)), say_refusal(refusal))
        return _page(request, row, form, kind)
    else:
        messages.success(
            request, _("No se avisa de este certificado hasta el %(day)s.") % {"day": say_date(made.until_on)}
        )
    return redirect("certificate", row.pk)


def _page(
    request: HttpRequest, row: Certificate, sent: SilenceForm | None = None, kind: SilenceKind | None = None
) -> HttpResponse:
    today = timezone.localdate()
    forms_shown = {one.value: sent if sent and one is kind else _form(one, row, today=today) for one in SilenceKind}
    told = forms_shown | {
        "certificate": row,
        "company": row.company,
        "silence": silence_of(row, today=today),
        "is_late": row.deadline_on < today,
        "section": "certificates",
    }
    return render(request, "certificates/quiet.html", told)


def _form(kind: SilenceKind, row: Certificate, *, today: date, data: Any = None) -> SilenceForm:
    span = allowed(kind, deadline_on=row.deadline_on, today=today)
    return SilenceForm(data, span=span, auto_id=f"{kind.value}_%s")
