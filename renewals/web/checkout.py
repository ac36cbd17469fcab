"""How does a person get key files out: ask, wait, download once, see the passphrase once?

The random key that opens the package is made here, given to the asking browser in a cookie that only goes to the
addresses of that checkout, and sealed for the vault worker. It is kept nowhere.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from renewals.access import Right, certificate_for, checkout_for, renewal_for, require, require_recent_confirmation
from renewals.clients.mandates import mandate_for, mandate_to_accept, mandate_to_confirm
from renewals.custody import asking, taking
from renewals.custody.asking import WAITS, Terms
from renewals.custody.authorising import FEWEST_MINUTES, MOST_MINUTES, USUAL_MINUTES
from renewals.custody.subjects import Subject, kind_of
from renewals.errors import MandateMissing, NotVisible, Refusal
from renewals.models import Certificate, Checkout, CheckoutState, Company, Renewal
from renewals.models.checkout import Form, What
from renewals.web.addresses import client_address
from renewals.web.guide_client import strip_of
from renewals.web.guide_handout import likely_reason
from renewals.web.identity import confirmed_at
from renewals.wording.errors import say, say_refusal

COOKIE = "entrega"
CHOICES_OF_MINUTES = (FEWEST_MINUTES, USUAL_MINUTES, 15, 20, MOST_MINUTES)
#: Seconds after which the page no longer says that it will be a moment.
PATIENCE = 20
#: Seconds after which a page that shows a passphrase goes away by itself.
SHOWN_FOR = 60


def _say_minutes(minutes: int) -> str:
    return ngettext("%(n)s minuto", "%(n)s minutos", minutes) % {"n": minutes}


class AskForm(forms.Form):
    """Why the files are needed, for how long, and in which form."""

    reason = forms.CharField(
        label=_("¿Para qué lo necesitas?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Queda en el historial de la empresa, con tu nombre y la hora."),
    )
    minutes = forms.TypedChoiceField(
        label=_("¿Cuánto tiempo para usarlos?"),
        coerce=int,
        choices=[(one, lazy(_say_minutes, str)(one)) for one in CHOICES_OF_MINUTES],
        initial=USUAL_MINUTES,
        required=False,
        empty_value=str(USUAL_MINUTES),
        help_text=_("Después se destruye lo que no hayas descargado."),
    )
    form = forms.ChoiceField(
        label=_("¿En qué forma?"),
        choices=Form.choices,
        initial=Form.AS_KEPT,
        required=False,
        help_text=_("Los portales del SAT y del IMSS piden .cer y .key. El .pfx sirve para instalarlo en un programa."),
    )

    def __init__(self, *args: Any, of_pair: bool, **kwargs: Any) -> None:
        """``of_pair``: a certificate with its key goes out, so there is a choice of form."""
        super().__init__(*args, **kwargs)
        if not of_pair:
            del self.fields["form"]

    def terms(self) -> Terms:
        """What was chosen, or what is usual."""
        told = self.cleaned_data
        return Terms(form=Form(told.get("form") or Form.AS_KEPT), minutes=int(told["minutes"]))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the address asks for: a certificate, or a step of a renewal."""

    certificate: Certificate | None
    renewal: Renewal | None
    step_key: str
    subject: Subject
    company: Company


@never_cache
@require_http_methods(["GET", "POST"])
def ask_checkout(request: HttpRequest) -> HttpResponse:
    """Ask with a reason; the password must have been typed within the last minutes."""
    wanted = _wanted(request)
    now = timezone.now()
    require_recent_confirmation(confirmed_at=confirmed_at(request), now=now)
    of_pair = wanted.subject.what == What.CERTIFICATE_PAIR
    form = AskForm(request.POST or None, initial={"reason": _reason(wanted)}, of_pair=of_pair)
    if request.method == "POST" and form.is_valid():
        try:
            return _asked(request, wanted, form, now)
        except Refusal as refusal:
            form.add_error(None, say_refusal(refusal))
    files = wanted.subject.what != What.NEW_PASSPHRASE
    title = _("Pedir archivos") if files else _("Pedir la contraseña nueva")
    strip = strip_of(wanted.company, wanted.renewal.certificate if wanted.renewal else wanted.subject.certificate)
    context = {**strip, "form": form, "wanted": wanted, "title": title, **_mandate(request, wanted, now)}
    return render(request, "checkout/ask.html", context)


@never_cache
@require_GET
def show_checkout(request: HttpRequest, checkout_id: UUID) -> HttpResponse:
    """Where the request stands, and what can be done now."""
    return _page(request, checkout_for(request.user, checkout_id))


@never_cache
@require_GET
def checkout_state(request: HttpRequest, checkout_id: UUID) -> HttpResponse:
    """The part of the page that waits; done once the request has left the state in which the page was shown."""
    checkout = checkout_for(request.user, checkout_id)
    response = render(request, "checkout/waiting.html", {"checkout": checkout, "late": _is_late(checkout)})
    if _phase(checkout) != request.GET.get("fase"):
        response.headers["X-Live"] = "done"
    return response


@never_cache
@require_POST
def checkout_download(request: HttpRequest, checkout_id: UUID) -> HttpResponse:
    """The files, once."""
    checkout = checkout_for(request.user, checkout_id)
    person = require(request.user, Right.WORK)
    try:
        files = taking.take(
            checkout=checkout,
            person=person,
            transport_key=_transport_key(request),
            now=timezone.now(),
            from_address=client_address(request),
        )
    except Refusal as refusal:
        return _page(request, checkout_for(person, checkout_id), refusal=refusal)
    response = HttpResponse(files, content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{checkout.package_name}"'
    return response


@never_cache
@require_POST
def checkout_passphrase(request: HttpRequest, checkout_id: UUID) -> HttpResponse:
    """The passphrase, once; the page goes away by itself."""
    checkout = checkout_for(request.user, checkout_id)
    person = require(request.user, Right.WORK)
    try:
        passphrases = taking.show_passphrases(
            checkout=checkout,
            person=person,
            transport_key=_transport_key(request),
            now=timezone.now(),
            from_address=client_address(request),
        )
    except Refusal as refusal:
        return _page(request, checkout_for(person, checkout_id), refusal=refusal)
    response = _page(request, checkout_for(person, checkout_id), passphrases=passphrases)
    # A header and not a script: it also hides the passphrase where scripts are off.
    response.headers["Refresh"] = f"{SHOWN_FOR}; url={address_of(checkout)}"
    return response


def _wanted(request: HttpRequest) -> _Wanted:
    certificate: Certificate | None = None
    renewal: Renewal | None = None
    step_key = request.GET.get("paso", "")
    if "renovacion" in request.GET:
        renewal = renewal_for(request.user, _number(request.GET["renovacion"]), Right.WORK)
        company = renewal.company
    else:
        certificate = certificate_for(request.user, _number(request.GET.get("certificado", "")), Right.WORK)
        company = certificate.company
    subject = asking.subject_of(certificate=certificate, renewal=renewal, step_key=step_key)
    return _Wanted(certificate=certificate, renewal=renewal, step_key=step_key, subject=subject, company=company)


def _mandate(request: HttpRequest, wanted: _Wanted, now: datetime) -> dict[str, object]:
    """The mandate that allows this, or what is missing and who can mend it."""
    kind = kind_of(wanted.subject.certificate, wanted.renewal)
    try:
        return {"mandate": mandate_for(company_id=wanted.company.pk, kind=kind, on=timezone.localdate(now))}
    except MandateMissing as refusal:
        unconfirmed = mandate_to_confirm(company_id=wanted.company.pk, kind=kind, on=timezone.localdate(now))
        return {
            "missing": say_refusal(refusal),
            "unconfirmed": unconfirmed,
            "unaccepted": mandate_to_accept(company_id=wanted.company.pk, kind=kind, on=timezone.localdate(now)),
            "own": unconfirmed is not None and unconfirmed.registered_by_id == request.user.pk,
            "onward": urlencode({"next": request.get_full_path()}),
        }


def _reason(wanted: _Wanted) -> str:
    return "" if wanted.renewal is None else likely_reason(wanted.renewal, wanted.step_key)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotVisible
    return int(text)


def _asked(request: HttpRequest, wanted: _Wanted, form: AskForm, now: datetime) -> HttpResponse:
    transport_key = asking.new_transport_key()
    checkout = asking.ask(
        certificate=wanted.certificate,
        renewal=wanted.renewal,
        step_key=wanted.step_key,
        reason=form.cleaned_data["reason"],
        terms=form.terms(),
        person=require(request.user, Right.WORK),
        confirmed_at=confirmed_at(request),
        from_address=client_address(request),
        transport_key=transport_key,
        now=now,
    )
    return give_key(redirect(address_of(checkout)), checkout, transport_key)


def give_key(response: HttpResponse, checkout: Checkout, transport_key: bytes) -> HttpResponse:
    """Give the asking browser the key that opens this checkout's package, for its addresses only."""
    response.set_cookie(
        COOKIE,
        base64.urlsafe_b64encode(transport_key).decode(),
        max_age=WAITS + timedelta(minutes=checkout.minutes),
        path=address_of(checkout),
        secure=not settings.PLAIN_HTTP,
        httponly=True,
        samesite="Strict",
    )
    return response


def _transport_key(request: HttpRequest) -> bytes | None:
    try:
        return base64.b64decode(request.COOKIES.get(COOKIE, ""), altchars=b"-_", validate=True) or None
    except (binascii.Error, ValueError):
        return None


def address_of(checkout: Checkout) -> str:
    """The page of a checkout."""
    return reverse("checkout", args=[checkout.pk])


def _is_late(checkout: Checkout) -> bool:
    """Whether the vault worker has let this wait for longer than it ever takes when it runs."""
    return timezone.now() - checkout.asked_at > timedelta(seconds=PATIENCE)


def _phase(checkout: Checkout) -> str:
    """The state in which the page shows a request; the hands of the clock count before a worker has looked at it."""
    if checkout.state == CheckoutState.PREPARING:
        return CheckoutState.ASKED.value
    if checkout.state in {CheckoutState.ASKED, CheckoutState.READY} and checkout.expires_at <= timezone.now():
        return CheckoutState.EXPIRED.value
    return str(checkout.state)


def _page(
    request: HttpRequest,
    checkout: Checkout,
    *,
    refusal: Refusal | None = None,
    passphrases: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    certificate = checkout.renewal.certificate if checkout.renewal else checkout.certificate
    context = {
        **strip_of(checkout.company, certificate),
        "checkout": checkout,
        "phase": _phase(checkout),
        "over": checkout.expires_at <= timezone.now(),
        "refused": say_refusal(refusal) if refusal is not None else "",
        "failure": say(checkout.failure_code, checkout.failure_facts) if checkout.failure_code else "",
        "passphrases": passphrases,
        "late": _is_late(checkout),
        "lacks_mandate": checkout.failure_code.startswith("mandate_"),
        "never_prepared": checkout.what != What.BUNDLE and not checkout.public_key_sha256,
        "shown_for": SHOWN_FOR,
    }
    return render(request, "checkout/checkout.html", context, status=409 if refusal is not None else 200)
