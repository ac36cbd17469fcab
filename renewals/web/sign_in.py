"""How does a person come in and go out?"""

from django import forms
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from renewals.errors import TooManyAttempts, WrongSignIn
from renewals.people import sign_in as signing_in
from renewals.web.addresses import client_address
from renewals.web.forwarding import next_address
from renewals.web.identity import remember_confirmation
from renewals.wording.errors import say_refusal


class SignInForm(forms.Form):
    """Name and password."""

    username = forms.CharField(
        label=_("Usuario"),
        max_length=150,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
    )
    password = forms.CharField(
        label=_("Contraseña"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The first page is the dashboard."""
    return redirect("admin:index")


@login_not_required
@never_cache
@sensitive_post_parameters()
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for name and password, open a session, go on to ``next``."""
    target = next_address(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(target)
    form = SignInForm(request.POST or None)
    refusal: WrongSignIn | TooManyAttempts | None = None
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        try:
            person = signing_in.sign_in(
                typed_name=form.cleaned_data["username"],
                password=form.cleaned_data["password"],
                address=client_address(request),
                now=now,
            )
        except (WrongSignIn, TooManyAttempts) as caught:
            refusal = caught
        else:
            login(request, person)
            remember_confirmation(request, now)
            return HttpResponseRedirect(target)
    context = {"form": form, "next": target, "message": say_refusal(refusal) if refusal else ""}
    return render(request, "people/sign_in.html", context, status=429 if isinstance(refusal, TooManyAttempts) else 200)


@never_cache
@require_GET
def session(request: HttpRequest) -> HttpResponse:
    """Who is signed in here: asked by a page before it sends much, and where signing in beside it ends."""
    return render(request, "people/session.html")


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Close the session."""
    logout(request)
    return redirect("sign_in")
