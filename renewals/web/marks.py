"""How does a person see and choose the days on which people are reminded?"""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from renewals.access import Right, company_for, may, require
from renewals.errors import Refusal
from renewals.expiry.marks import marks_for, reset_marks, set_marks
from renewals.expiry.windows import renewal_opens_at
from renewals.models import Company
from renewals.models.certificate import Kind
from renewals.web.middleware import ELSEWHERE
from renewals.wording.errors import say_refusal
from renewals.wording.marks import WHOSE

#: A number of days has no more digits.
DIGITS = 4


class KindForm(forms.Form):
    """Which kind of certificate is meant."""

    kind = forms.TypedChoiceField(choices=Kind.choices, coerce=Kind, widget=forms.HiddenInput)


class MarksForm(KindForm):
    """The days for one kind, as people write them: «60, 30, 15»."""

    days = forms.CharField(
        label=gettext_lazy("Días antes del plazo"),
        max_length=100,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def clean_days(self) -> list[int]:
        """Whole numbers with commas or blanks between them."""
        words = str(self.cleaned_data["days"]).replace(",", " ").replace(";", " ").split()
        if not all(one.isascii() and one.isdigit() and len(one) <= DIGITS for one in words):
            raise forms.ValidationError(_("Escribe números separados por comas: 60, 30, 15."))
        return [int(one) for one in words]


@dataclass(frozen=True, slots=True)
class KindLine:
    """The days of one kind, whose choice they are, and the form that changes them."""

    kind: Kind
    days: str
    whose: str
    is_own: bool
    opens_at: int
    form: MarksForm


@require_GET
def marks(request: HttpRequest) -> HttpResponse:
    """The days of the whole firm."""
    return _page(request, None)


@require_POST
def marks_choose(request: HttpRequest) -> HttpResponse:
    """Choose the days of a kind for the whole firm."""
    require(request.user, Right.MANAGE)
    return _choose(request, None)


@require_POST
def marks_reset(request: HttpRequest) -> HttpResponse:
    """Go back to the days of the program."""
    require(request.user, Right.MANAGE)
    return _reset(request, None)


@require_GET
def company_marks(request: HttpRequest, company_id: int) -> HttpResponse:
    """The days of one company."""
    return _page(request, company_for(request.user, company_id, Right.SEE))


@require_POST
def company_marks_choose(request: HttpRequest, company_id: int) -> HttpResponse:
    """Choose the days of a kind for one company."""
    return _choose(request, company_for(request.user, company_id, Right.MANAGE))


@require_POST
def company_marks_reset(request: HttpRequest, company_id: int) -> HttpResponse:
    """Go back to the days of the firm."""
    return _reset(request, company_for(request.user, company_id, Right.MANAGE))


def _choose(request: HttpRequest, company: Company | None) -> HttpResponse:
    form = MarksForm(request.POST, auto_id=f"id_{request.POST.get('kind', '')[:10]}_%s")
    if form.is_valid():
        told = form.cleaned_data
        by = require(request.user, Right.MANAGE)
        try:
            set_marks(company=company, kind=told["kind"], marks=told["days"], by=by, now=timezone.now())
        except ELSEWHERE:
            raise
        except Refusal as refusal:
            form.add_error("days", say_refusal(refusal))
        else:
            messages.success(request, _("%(kind)s: los días quedaron guardados.") % {"kind": told["kind"].label})
            return _back(company)
    return _page(request, company, form)


def _reset(request: HttpRequest, company: Company | None) -> HttpResponse:
    form = KindForm(request.POST)
    if form.is_valid():
        kind = form.cleaned_data["kind"]
        reset_marks(company=company, kind=kind, by=require(request.user, Right.MANAGE), now=timezone.now())
        messages.success(request, _("%(kind)s: se avisa otra vez en los días de antes.") % {"kind": kind.label})
    return _back(company)


def _back(company: Company | None) -> HttpResponse:
    return redirect("marks") if company is None else redirect("company_marks", company.pk)


def _page(request: HttpRequest, company: Company | None, sent: MarksForm | None = None) -> HttpResponse:
    told: dict[str, Any] = {
        "company": company,
        "lines": _lines(company, sent),
        "may_manage": may(request.user, Right.MANAGE),
        "section": "marks" if company is None else "companies",
    }
    return render(request, "marks.html", told)


def _lines(company: Company | None, sent: MarksForm | None) -> list[KindLine]:
    of = None if company is None else company.pk
    lookup = marks_for([] if of is None else [of])
    lines = []
    for kind in Kind:
        days = ", ".join(map(str, lookup.of(of, kind)))
        is_sent = sent is not None and sent.data.get("kind") == kind
        form = MarksForm(initial={"kind": kind.value, "days": days}, auto_id=f"id_{kind.value}_%s")
        lines.append(
            KindLine(
                kind=kind,
                days=days,
                whose=str(WHOSE[lookup.whose(of, kind)]),
                is_own=lookup.whose(of, kind) == ("firm" if company is None else "company"),
                opens_at=renewal_opens_at(kind),
                form=sent if sent is not None and is_sent else form,
            )
        )
    return lines
