"""When did the person at this browser last prove who they are, and how do they prove it again?"""

from datetime import datetime
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from renewals.access import Right, require, require_recent_confirmation
from renewals.errors import TooManyAttempts, WrongSignIn
from renewals.models import Person
from renewals.people.sign_in import confirm_identity as confirm
from renewals.web.addresses import client_address
from renewals.web.forwarding import next_address, own_address
from renewals.wording.errors import say_refusal

SESSION_KEY = "confirmed_at"


class ConfirmForm(forms.Form):
    """The password, once more."""

    password = forms.CharField(
        label=_("Contraseña"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


def confirmed_at(request: HttpRequest) -> datetime | None:
    """The moment of this session's last sign-in or confirmation."""
    kept = request.session.get(SESSION_KEY)
    return parse_datetime(kept) if isinstance(kept, str) else None


def remember_confirmation(request: HttpRequest, now: datetime) -> None:
    """Keep the moment of a confirmation in the session."""
    request.session[SESSION_KEY] = now.isoformat()


def ask_to_confirm(request: HttpRequest) -> HttpResponse:
    """Send the person to confirm who they are, and then back to the page they were on.

    A refused POST goes back to its form, which has to be sent again: what was typed is kept nowhere.
    """
    back = request.get_full_path() if request.method == "GET" else own_address(request, request.headers.get("Referer"))
    return redirect(f"{reverse('confirm_identity')}?{urlencode({'next': back})}")


@never_cache
@sensitive_post_parameters()
def confirm_identity(request: HttpRequest) -> HttpResponse:
    """Ask for the password again, then go on to ``next``."""
    person = require(request.user, Right.SEE)
    target = next_address(request)
    form = ConfirmForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        try:
            confirm(person=person, password=form.cleaned_data["password"], address=client_address(request), now=now)
        except (WrongSignIn, TooManyAttempts) as refusal:
            form.add_error("password", _wrong(refusal))
            status = 429 if isinstance(refusal, TooManyAttempts) else 200
        else:
            remember_confirmation(request, now)
            return HttpResponseRedirect(target)
    return render(request, "people/confirm.html", {"form": form, "next": target}, status=status)


def _wrong(refusal: WrongSignIn | TooManyAttempts) -> str:
    if isinstance(refusal, WrongSignIn):
        return str(_("La contraseña no es correcta."))
    return say_refusal(refusal)


def confirmed_partner(request: HttpRequest) -> Person:
    """The partner who asks and has just typed their password."""
    by = require(request.user, Right.MANAGE)
    require_recent_confirmation(confirmed_at=confirmed_at(request), now=timezone.now())
    return by
