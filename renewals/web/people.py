"""How does a partner let people in, change what they may do, and end their access?"""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from renewals.access import Right, person_for, require
from renewals.errors import AlreadyMoved, Refusal
from renewals.models import Person, Role
from renewals.notices.recipients import broken_among
from renewals.people import firm
from renewals.people.leads import led_by
from renewals.people.passwords import reset_password
from renewals.people.stand_ins import absences_of, standing_in_for
from renewals.web.absence_forms import AbsenceForm, lead_form
from renewals.web.identity import confirmed_at, confirmed_partner
from renewals.web.middleware import ELSEWHERE
from renewals.wording.errors import say_refusal

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def first_password(label: "StrOrPromise") -> forms.CharField:
    """A field for a password that one person sets for another."""
    return forms.CharField(
        label=label,
        strip=False,
        help_text=gettext_lazy("Al menos 10 caracteres. Entrégala en persona y pide que la cambie al entrar."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class RoleForm(forms.Form):
    """What a person may do."""

    role = forms.ChoiceField(label=gettext_lazy("Función"), choices=Role.choices)


class EmailForm(forms.Form):
    """Where a person's notices go."""

    email = forms.EmailField(label=gettext_lazy("Correo"), help_text=gettext_lazy("Aquí llegan sus avisos."))


class PasswordForm(forms.Form):
    """A new password for somebody else."""

    password = first_password(gettext_lazy("Contraseña nueva"))


class PersonForm(RoleForm, EmailForm):
    """Somebody who gets access."""

    username = forms.CharField(
        label=gettext_lazy("Usuario"),
        max_length=150,
        help_text=gettext_lazy("Con esto entra. Letras, números y los signos @ . + - _"),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}),
    )
    first_name = forms.CharField(label=gettext_lazy("Nombre"), max_length=150)
    last_name = forms.CharField(label=gettext_lazy("Apellidos"), max_length=150, required=False)
    password = first_password(gettext_lazy("Primera contraseña"))
    field_order = ("username", "first_name", "last_name", "email", "role", "password")


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def person_new(request: HttpRequest) -> HttpResponse:
    """Give somebody access."""
    by = confirmed_partner(request)
    form = PersonForm(request.POST or None, initial={"role": Role.STAFF})
    if request.method == "POST" and form.is_valid():
        try:
            person = firm.let_in(**form.cleaned_data, **on_whose_word(request, by))
        except ELSEWHERE:
            raise
        except Refusal as refusal:
            form.add_error(None, say_refusal(refusal))
        else:
            messages.success(request, _("%(name)s ya puede entrar.") % {"name": person})
            return redirect("admin:renewals_person_changelist")
    return render(request, "people/new.html", {"form": form})


@never_cache
@require_GET
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """One person, and what a partner can change about them."""
    by = confirmed_partner(request)
    somebody = person_for(by, person_id, Right.MANAGE)
    return person_page(request, somebody)


@require_POST
def person_role(request: HttpRequest, person_id: int) -> HttpResponse:
    """Change somebody's function."""
    by = require(request.user, Right.MANAGE)
    somebody = person_for(by, person_id, Right.MANAGE)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return person_page(request, somebody, role_form=form)
    try:
        firm.change_role(person=somebody, role=form.cleaned_data["role"], **on_whose_word(request, by))
    except ELSEWHERE:
        raise
    except Refusal as refusal:
        messages.error(request, say_refusal(refusal))
    else:
        messages.success(request, _("La función cambió."))
    return redirect("person", person_id=somebody.pk)


@require_POST
def person_email(request: HttpRequest, person_id: int) -> HttpResponse:
    """Send somebody's notices to another address."""
    by = require(request.user, Right.MANAGE)
    somebody = person_for(by, person_id, Right.MANAGE)
    form = EmailForm(request.POST)
    if not form.is_valid():
        return person_page(request, somebody, email_form=form)
    try:
        firm.change_email(person=somebody, email=form.cleaned_data["email"], **on_whose_word(request, by))
    except ELSEWHERE:
        raise
    except Refusal as refusal:
        messages.error(request, say_refusal(refusal))
    else:
        messages.success(request, _("Sus avisos llegan ahora a %(address)s.") % {"address": somebody.email})
    return redirect("person", person_id=somebody.pk)


@sensitive_post_parameters()
@require_POST
def person_password(request: HttpRequest, person_id: int) -> HttpResponse:
    """Give somebody a new password."""
    by = require(request.user, Right.MANAGE)
    somebody = person_for(by, person_id, Right.MANAGE)
    form = PasswordForm(request.POST)
    if not form.is_valid():
        return person_page(request, somebody, password_form=form)
    try:
        reset_password(person=somebody, new_password=form.cleaned_data["password"], **on_whose_word(request, by))
    except ELSEWHERE:
        raise
    except Refusal as refusal:
        form.add_error("password", say_refusal(refusal))
        return person_page(request, somebody, password_form=form)
    messages.success(request, _("La contraseña cambió y sus sesiones abiertas se cerraron."))
    return redirect("person", person_id=somebody.pk)


@require_POST
def person_take_access(request: HttpRequest, person_id: int) -> HttpResponse:
    """End somebody's access at once."""
    by = require(request.user, Right.MANAGE)
    somebody = person_for(by, person_id, Right.MANAGE)
    try:
        left = firm.take_access(person=somebody, **on_whose_word(request, by))
    except ELSEWHERE:
        raise
    except Refusal as refusal:
        messages.error(request, say_refusal(refusal))
    else:
        messages.success(request, _("%(name)s ya no puede entrar.") % {"name": somebody})
        if left:
            warning = ngettext(
                "Aún responde por %(n)s empresa: nombra a otra persona.",
                "Aún responde por %(n)s empresas: nombra a otra persona.",
                left,
            )
            messages.warning(request, warning % {"n": left})
        return redirect("leaver", person_id=somebody.pk)
    return redirect("person", person_id=somebody.pk)


@require_POST
def person_give_access_back(request: HttpRequest, person_id: int) -> HttpResponse:
    """Let somebody in again."""
    by = require(request.user, Right.MANAGE)
    somebody = person_for(by, person_id, Right.MANAGE)
    try:
        firm.give_access_back(person=somebody, **on_whose_word(request, by))
    except AlreadyMoved as refusal:
        messages.error(request, say_refusal(refusal))
    else:
        messages.success(request, _("%(name)s puede entrar otra vez.") % {"name": somebody})
    return redirect("person", person_id=somebody.pk)


def person_page(request: HttpRequest, somebody: Person, **forms_with_errors: forms.Form) -> HttpResponse:
    """Everything a partner can change about a person, with what was wrong in the form that was sent."""
    today = timezone.localdate()
    context = {
        "somebody": somebody,
        "role_form": RoleForm(initial={"role": somebody.role}),
        "email_form": EmailForm(initial={"email": somebody.email}),
        "password_form": PasswordForm(),
        "lead_form": lead_form(somebody),
        "absence_form": AbsenceForm(somebody=somebody),
        "absences": absences_of(somebody, today=today),
        "stands_in_for": standing_in_for(somebody, today=today),
        "leads": led_by(somebody),
        "today": today,
        "mail_comes_back": bool(broken_among([somebody.email])),
        **forms_with_errors,
    }
    return render(request, "people/person.html", context)


def on_whose_word(request: HttpRequest, by: Person) -> dict[str, Any]:
    """Who acts, when they last typed their password, and now: as the verbs about people take it."""
    return {"by": by, "confirmed_at": confirmed_at(request), "now": timezone.now()}
