"""How does a person of the firm ask a client for something by a link, read the code out, and see what came?"""

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from renewals import audit
from renewals.access import Right, certificate_for, client_request_for, company_for, may, renewal_for, require
from renewals.asking import overview, requesting
from renewals.asking.overview import Overview
from renewals.asking.requesting import MOST_DAYS, USUAL_DAYS
from renewals.errors import NotPermitted, NotVisible, Refusal
from renewals.errors.asking import RequestOver
from renewals.models import (
    Certificate,
    ClientRequest,
    Company,
    Contact,
    Delivery,
    DeliveryState,
    Renewal,
    RequestState,
    Wanted,
)
from renewals.web.standing import history
from renewals.wording.errors import say_refusal
from renewals.wording.mailing import say_failure

LONGEST_NUMBER = 18
_COLOURS = {
    RequestState.OPEN: "amber",
    RequestState.ANSWERED: "green",
    RequestState.LAPSED: "red",
    RequestState.LOCKED: "red",
    RequestState.WITHDRAWN: "grey",
}


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One request in words; ``colour`` is a class of the style sheet."""

    request: ClientRequest
    colour: str
    word: str | Promise
    things: tuple[tuple[str, bool], ...]


class AskForm(forms.Form):
    """What is asked of whom, and for how long."""

    what = forms.MultipleChoiceField(
        label=gettext_lazy("¿Qué le pides?"),
        choices=Wanted.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Marca al menos una cosa.")},
    )
    contact: "forms.ModelChoiceField[Contact]" = forms.ModelChoiceField(
        label=gettext_lazy("¿A quién?"),
        queryset=None,
        required=False,
        empty_label=None,
        help_text=gettext_lazy("El enlace llega a su correo. El código se lo dictas tú por teléfono."),
    )
    note = forms.CharField(
        label=gettext_lazy("Recado (opcional)"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Lo lee en la página, después del código. No escribas contraseñas."),
    )
    days = forms.IntegerField(
        label=gettext_lazy("¿Cuántos días está abierto el enlace?"),
        min_value=1,
        max_value=MOST_DAYS,
        initial=USUAL_DAYS,
    )

    def __init__(self, *args: object, company: Company, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        field = self.fields["contact"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = overview.readers_of(company)


@dataclass(frozen=True, slots=True)
class _About:
    """What the address says the question is about."""

    company: Company
    renewal: Renewal | None
    certificate: Certificate | None


@never_cache
@sensitive_variables("code")
@require_http_methods(["GET", "POST"])
def client_request_new(request: HttpRequest) -> HttpResponse:
    """Ask; the answer shows the code, once. ``empresa``, ``renovacion``, ``certificado`` and ``que`` fill the form."""
    about = _about(request)
    by = require(request.user, Right.WORK)
    wanted = [one for one in request.GET.get("que", "").split(",") if one in Wanted.values]
    form = AskForm(request.POST or None, initial={"what": wanted, "days": USUAL_DAYS}, company=about.company)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            made, code = requesting.ask(
                company=about.company,
                contact=told["contact"],
                wanted=told["what"],
                renewal=about.renewal,
                certificate=about.certificate,
                note=told["note"],
                days=told["days"],
                by=by,
                now=timezone.now(),
            )
        except (NotVisible, NotPermitted):
            raise
        except Refusal as refusal:
            form.add_error(None, say_refusal(refusal))
        else:
            # Rendered here and now: on the way to another page the code would have to be kept somewhere.
            context = {"asked": made, "code": code, "about": about, "phone": _phone(told["contact"], made)}
            return render(request, "client_requests/made.html", context)
    page = {"form": form, "about": about, "company": about.company, "section": "companies"}
    return render(request, "client_requests/new.html", page)


@never_cache
@require_GET
def client_request(request: HttpRequest, request_id: int) -> HttpResponse:
    """How a request stands: whether its mail left, what came, and what happened."""
    found = client_request_for(request.user, request_id, Right.SEE)
    told = overview.one(found)
    context = {
        "asked": found,
        "line": _line(told),
        "items": told.items,
        "mail": _mail(found, overview.mail_of(found)),
        "may_withdraw": found.state == RequestState.OPEN and may(request.user, Right.WORK),
        "history": history(audit.history_of(found), everything=True),
        "section": "companies",
    }
    return render(request, "client_requests/request.html", context)


@require_POST
def client_request_withdraw(request: HttpRequest, request_id: int) -> HttpResponse:
    """Take the question back."""
    found = client_request_for(request.user, request_id, Right.WORK)
    try:
        requesting.withdraw(request=found, by=require(request.user, Right.WORK), now=timezone.now())
    except RequestOver as refusal:
        messages.error(request, say_refusal(refusal))
    else:
        messages.success(request, _("La petición se retiró: su enlace ya no abre nada."))
    return redirect("client_request", found.pk)


def requests_of(company: Company) -> list[RequestLine]:
    """The latest requests of a company."""
    return [_line(one) for one in overview.of_company(company)]


def requests_of_renewal(renewal: Renewal) -> list[RequestLine]:
    """The latest requests of a renewal, in one question."""
    return [_line(one) for one in overview.of_renewal(renewal)]


def _line(one: Overview) -> RequestLine:
    state = RequestState(one.request.state)
    if state is RequestState.OPEN and one.request.expires_at <= timezone.now():
        state = RequestState.LAPSED
    things = tuple((item.get_what_display(), item.arrived_at is not None) for item in one.items)
    return RequestLine(request=one.request, colour=_COLOURS[state], word=state.label, things=things)


def _about(request: HttpRequest) -> _About:
    """What the address is about, as far as the person may work for it.

    Raises:
        NotVisible: it names nothing that is theirs, or things of different companies.
    """
    told = request.GET
    renewal, certificate = None, None
    if "renovacion" in told:
        renewal = renewal_for(request.user, _number(told["renovacion"]), Right.WORK)
    if "certificado" in told:
        certificate = certificate_for(request.user, _number(told["certificado"]), Right.WORK)
    if renewal is not None:
        company = renewal.company
    elif certificate is not None:
        company = certificate.company
    else:
        company = company_for(request.user, _number(told.get("empresa", "")), Right.WORK)
    if certificate is not None and certificate.company_id != company.pk:
        raise NotVisible
    return _About(company=company, renewal=renewal, certificate=certificate)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        raise NotVisible
    return int(text)


def _phone(contact: Contact | None, made: ClientRequest) -> str:
    return contact.phone if contact is not None and made.contact_id == contact.pk else ""


def _mail(found: ClientRequest, sent: Delivery | None) -> str:
    """What became of the mail, in words."""
    if sent is None:
        return _("Se está escribiendo.") if found.state == RequestState.OPEN else _("No salió.")
    if sent.state == DeliveryState.SENT:
        return _("Salió.")
    return say_failure(sent.failure_code) if sent.failure_code else str(DeliveryState(sent.state).label)
