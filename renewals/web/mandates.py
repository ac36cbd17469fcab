"""How does a person register what a client allowed, and another one confirm or end it?"""

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from renewals import audit
from renewals.access import Right, company_for, mandate_for, may, require
from renewals.clients import mandates
from renewals.clients.documents import LIMIT_MEGABYTES, read_document
from renewals.errors import MandateDatesWrong, MandateOfOneself, MandateOver, NotPermitted, NotVisible, Refusal
from renewals.models import Company, Mandate
from renewals.models.certificate import Kind
from renewals.web.forwarding import own_address
from renewals.web.identity import confirmed_at
from renewals.web.standing import history
from renewals.wording.errors import say_refusal

#: What a form begins with: most of these papers are signed for a year.
USUAL = timedelta(days=365)
#: The kinds that clients name; what is still unidentified is nobody's to allow by a tick.
_KINDS = [(kind.value, kind.label) for kind in (Kind.NPIE, Kind.EFIRMA, Kind.CSD)]


class MandateForm(forms.Form):
    """What the client's paper says."""

    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("¿Qué certificados cubre?"),
        choices=_KINDS,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Marca al menos uno.")},
    )
    given_by = forms.CharField(
        label=gettext_lazy("¿Quién lo firmó?"),
        max_length=150,
        help_text=gettext_lazy("La persona que firma por la empresa, como aparece en el documento."),
    )
    # A date field of a browser reads this form and no other, whatever the language (HTML, "valid date string").
    valid_from_on = forms.DateField(
        label=gettext_lazy("Vale desde"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    valid_until_on = forms.DateField(
        label=gettext_lazy("Vale hasta"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=gettext_lazy("Si el documento no pone fecha, un año es lo usual."),
    )
    document = forms.FileField(
        label=gettext_lazy("El documento firmado"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
        help_text=format_lazy(gettext_lazy("PDF o foto (JPG, PNG), de hasta {limit} MB."), limit=LIMIT_MEGABYTES),
    )


class EndForm(forms.Form):
    """Why a mandate ends."""

    reason = forms.CharField(label=gettext_lazy("¿Por qué termina?"), max_length=300)


@dataclass(frozen=True, slots=True)
class MandateLine:
    """One mandate in words; ``colour`` is a class of the style sheet."""

    mandate: Mandate
    kinds: str
    colour: str
    word: str | Promise
    waits: bool
    #: Whether the client's own yes is what it lacks, or lacks as well.
    wants_client: bool


def lines_of(company: Company, *, today: date) -> list[MandateLine]:
    """The mandates of a company, newest first."""
    return [_line(one, today) for one in mandates.mandates_of(company)]


@never_cache
@require_http_methods(["GET", "POST"])
def mandate_new(request: HttpRequest, company_id: int) -> HttpResponse:
    """Register what the client signed."""
    company = company_for(request.user, company_id, Right.WORK)
    by = require(request.user, Right.WORK)
    now = timezone.now()
    today = timezone.localdate(now)
    initial = {"kinds": [value for value, _label in _KINDS], "valid_from_on": today, "valid_until_on": today + USUAL}
    form = MandateForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        paper = told.pop("document")
        try:
            made = mandates.register(
                company=company, document_name=paper.name, document=paper.read(), by=by, now=now, **told
            )
        except (NotVisible, NotPermitted):
            raise
        except Refusal as refusal:
            form.add_error("valid_until_on" if isinstance(refusal, MandateDatesWrong) else None, say_refusal(refusal))
        else:
            return redirect(f"{reverse('mandate', args=[made.pk])}{_onward(request)}")
    return render(request, "mandates/new.html", {"form": form, "company": company, "section": "companies"})


@never_cache
@require_GET
def mandate(request: HttpRequest, mandate_id: int) -> HttpResponse:
    """What it allows, where it stands, and what is to be done next."""
    return _page(request, mandate_for(request.user, mandate_id, Right.SEE), EndForm())


@never_cache
@require_GET
def mandate_document(request: HttpRequest, mandate_id: int) -> HttpResponse:
    """The paper, to be saved and never shown by the browser."""
    found = mandate_for(request.user, mandate_id, Right.SEE)
    paper = read_document(path=found.document.name or "", sha256=found.document_sha256)
    if paper is None:
        raise NotVisible
    response = HttpResponse(paper, content_type="application/octet-stream")
    shown_as = content_disposition_header(as_attachment=True, filename=found.document_name)
    response.headers["Content-Disposition"] = shown_as or "attachment"
    return response


@require_POST
def mandate_confirm(request: HttpRequest, mandate_id: int) -> HttpResponse:
    """Say as the second person that it is what the paper says."""
    found = mandate_for(request.user, mandate_id, Right.WORK)
    by = require(request.user, Right.WORK)
    try:
        mandates.confirm(mandate=found, by=by, confirmed_at=confirmed_at(request), now=timezone.now())
    except (MandateOfOneself, MandateOver) as refusal:
        messages.error(request, say_refusal(refusal))
    else:
        if found.accepted_at is None:
            messages.success(request, _("Quedó confirmado. Falta que el cliente lo autorice por su enlace."))
        else:
            messages.success(request, _("Quedó confirmado: ya se pueden pedir los archivos que cubre."))
    return redirect("mandate", found.pk)


@require_POST
def mandate_end(request: HttpRequest, mandate_id: int) -> HttpResponse:
    """End it at once, with a reason."""
    found = mandate_for(request.user, mandate_id, Right.WORK)
    form = EndForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    by = require(request.user, Right.WORK)
    try:
        mandates.revoke(mandate=found, reason=form.cleaned_data["reason"], by=by, now=timezone.now())
    except MandateOver as refusal:
        messages.error(request, say_refusal(refusal))
    else:
        messages.success(request, _("El mandato terminó: ya no se entregan archivos por él."))
    return redirect("mandate", found.pk)


def _page(request: HttpRequest, found: Mandate, form: EndForm) -> HttpResponse:
    person = require(request.user, Right.SEE)
    line = _line(found, timezone.localdate())
    is_own = found.registered_by_id == person.pk
    works = may(person, Right.WORK)
    back = request.GET.get("next")
    told = {
        "mandate": found,
        "line": line,
        "may_confirm": line.waits and works and not is_own,
        "others": mandates.who_may_confirm(found) if line.waits and (is_own or not works) else [],
        "is_own": is_own,
        "may_end": works and found.revoked_at is None,
        "end_form": form,
        "back": own_address(request, back) if back else "",
        "address": request.build_absolute_uri(reverse("mandate", args=[found.pk])),
        "history": history(audit.history_of(found), everything=True),
        "section": "companies",
    }
    return render(request, "mandates/mandate.html", told)


def _onward(request: HttpRequest) -> str:
    """Where the person came from stays in the address, if it is one of ours."""
    wanted = request.GET.get("next")
    return f"?{urlencode({'next': own_address(request, wanted)})}" if wanted else ""


def _line(one: Mandate, today: date) -> MandateLine:
    kinds = ", ".join(str(Kind(kind).label) for kind in one.kinds if kind in Kind.values)
    colour, word = _standing(one, today)
    waits = one.revoked_at is None and one.confirmed_at is None and one.valid_until_on >= today
    wants_client = one.revoked_at is None and one.accepted_at is None and one.valid_until_on >= today
    return MandateLine(mandate=one, kinds=kinds, colour=colour, word=word, waits=waits, wants_client=wants_client)


def _standing(one: Mandate, today: date) -> tuple[str, str | Promise]:
    if one.revoked_at is not None:
        return "grey", gettext_lazy("Terminado")
    if one.valid_until_on < today:
        return "red", gettext_lazy("Vencido")
    if one.confirmed_at is None:
        return "amber", gettext_lazy("Falta que otra persona lo confirme")
    if one.accepted_at is None:
        return "amber", gettext_lazy("Falta que el cliente lo autorice")
    if one.valid_from_on > today:
        return "grey", gettext_lazy("Todavía no empieza")
    return "green", gettext_lazy("Vigente")
