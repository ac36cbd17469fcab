"""How does a person change their own password?"""

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from renewals.access import Right, require
from renewals.errors import TooManyAttempts, UnacceptablePassword, WrongSignIn
from renewals.people.passwords import change_own_password
from renewals.people.sign_in import confirm_identity
from renewals.web.addresses import client_address
from renewals.wording.errors import say_refusal


class ChangePasswordForm(forms.Form):
    """The old password and, twice, the new one."""

    current = forms.CharField(
        label=_("Contraseña actual"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=_("Contraseña nueva"),
        strip=False,
        help_text=_("Al menos 10 caracteres. Tres o cuatro palabras seguidas se recuerdan bien."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("Contraseña nueva, otra vez"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> None:
        """Both spellings of the new password are the same."""
        if self.cleaned_data.get("new") != self.cleaned_data.get("again"):
            self.add_error("again", _("No es igual a la de arriba."))


@never_cache
@sensitive_post_parameters()
def change_password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; the old one counts to the limits of signing in."""
    person = require(request.user, Right.SEE)
    form = ChangePasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            confirm_identity(
                person=person,
                password=form.cleaned_data["current"],
                address=client_address(request),
                now=timezone.now(),
            )
            change_own_password(new_password=form.cleaned_data["new"], by=person)
        except (WrongSignIn, TooManyAttempts) as refusal:
            form.add_error("current", say_refusal(refusal))
        except UnacceptablePassword as refusal:
            form.add_error("new", say_refusal(refusal))
        else:
            update_session_auth_hash(request, person)
            messages.success(request, _("Tu contraseña cambió. Tus otras sesiones se cerraron."))
            return redirect("admin:index")
    return render(request, "people/change_password.html", {"form": form})
