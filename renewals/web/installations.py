"""How does a person say where a certificate is used, and that the new one is installed there?"""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from renewals.access import Right, company_for, installation_for, renewal_for, require
from renewals.clients import installations
from renewals.errors import AlreadyMoved, Refusal
from renewals.models import InstallationAnswer
from renewals.models.certificate import Kind
from renewals.procedure import installing
from renewals.web.middleware import ELSEWHERE
from renewals.wording.errors import say_refusal

#: What the fields of a place begin with; its id follows.
PLACE = "lugar-"
_KINDS = [(one.value, one.label) for one in Kind if one is not Kind.UNKNOWN]


class PlaceForm(forms.Form):
    """A program or computer, and which certificate it uses."""

    kind = forms.ChoiceField(label=gettext_lazy("Certificado"), choices=_KINDS)
    name = forms.CharField(
        label=gettext_lazy("Programa o computadora"),
        max_length=installations.LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    note = forms.CharField(
        label=gettext_lazy("Dónde está y quién lo instala"), max_length=installations.LONGEST_NOTE, required=False
    )


@require_POST
def installation_add(request: HttpRequest, company_id: int) -> HttpResponse:
    """Write down one more place."""
    company = company_for(request.user, company_id, Right.WORK)
    form = PlaceForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Escribe el nombre del programa o de la computadora, y elige el certificado."))
        return _to_list(company_id)
    told = form.cleaned_data
    try:
        made = installations.add(
            company=company,
            kind=Kind(told["kind"]),
            name=told["name"],
            note=told["note"],
            by=require(request.user, Right.WORK),
            now=timezone.now(),
        )
    except ELSEWHERE:
        raise
    except Refusal as refusal:
        messages.error(request, say_refusal(refusal))
    else:
        messages.success(request, _("«%(place)s» está en la lista.") % {"place": made.name})
    return _to_list(company_id)


@require_POST
def installation_remove(request: HttpRequest, installation_id: int) -> HttpResponse:
    """Take a place off the list."""
    place = installation_for(request.user, installation_id, Right.WORK)
    try:
        installations.remove(installation=place, by=require(request.user, Right.WORK), now=timezone.now())
    except AlreadyMoved as refusal:
        messages.warning(request, say_refusal(refusal))
    else:
        messages.success(request, _("«%(place)s» ya no está en la lista.") % {"place": place.name})
    return _to_list(place.company_id)


@require_POST
def renewal_places(request: HttpRequest, renewal_id: int) -> HttpResponse:
    """Say what became of the places of a renewal; those left open are asked for again."""
    renewal = renewal_for(request.user, renewal_id, Right.WORK)
    answers = {
        int(name.removeprefix(PLACE)): value
        for name, value in request.POST.items()
        if name.removeprefix(PLACE).isdecimal() and name.startswith(PLACE) and isinstance(value, str) and value
    }
    try:
        installing.answer(renewal=renewal, answers=answers, by=require(request.user, Right.WORK), now=timezone.now())
    except AlreadyMoved as refusal:
        messages.warning(request, say_refusal(refusal))
    except Refusal:
        messages.error(request, _("Elige qué pasó en cada lugar y guarda otra vez."))
    else:
        left = sum(one == InstallationAnswer.LATER for one in answers.values())
        messages.success(request, _("Anotado. Lo que falta sigue a la vista.") if left else _("Anotado."))
    return redirect("renewal", renewal_id)


def _to_list(company_id: int) -> HttpResponse:
    return redirect(f"{redirect('company', company_id).url}#lugares")
