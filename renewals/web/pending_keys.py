"""How does a person find a key that has no certificate, go on with it, or say that none will come?"""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from renewals.access import Right, company_for, may, renewal_for, require
from renewals.errors import Refusal
from renewals.procedure import adopting, orphans
from renewals.wording.errors import say_refusal


class KeyForm(forms.Form):
    """Which key, and why where that is asked."""

    key = forms.UUIDField()
    reason = forms.CharField(required=False, max_length=300)


@never_cache
@require_GET
def keys_without_certificate(request: HttpRequest) -> HttpResponse:
    """The keys that wait for a certificate, of every company that the person sees."""
    person = require(request.user, Right.SEE)
    found = orphans.orphans_seen_by(person, now=timezone.now())
    page = {"orphans": found, "may_work": may(person, Right.WORK), "section": "renewals"}
    return render(request, "keys/without_certificate.html", page)


@require_POST
def key_give_up(request: HttpRequest, company_id: int) -> HttpResponse:
    """Say that no certificate will come for a key, with a reason."""
    company = company_for(request.user, company_id, Right.WORK)
    by, form = require(request.user, Right.WORK), KeyForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        try:
            orphans.give_up(company=company, key_id=told["key"], reason=told["reason"], by=by, now=timezone.now())
        except Refusal as refusal:
            messages.error(request, say_refusal(refusal))
        else:
            messages.success(request, _("Quedó anotado. La llave sigue sellada: si llega su certificado, se unen."))
    return redirect("keys_without_certificate")


@require_POST
def key_adopt(request: HttpRequest, renewal_id: int) -> HttpResponse:
    """Go on with a key that was made before."""
    found = renewal_for(request.user, renewal_id, Right.WORK)
    by, form = require(request.user, Right.WORK), KeyForm(request.POST)
    if form.is_valid():
        try:
            adopting.adopt(renewal=found, key_id=form.cleaned_data["key"], by=by, now=timezone.now())
        except Refusal as refusal:
            messages.error(request, say_refusal(refusal))
        else:
            messages.success(
                request, _("La renovación sigue con esa llave y su contraseña, que ya están en resguardo.")
            )
    return redirect("renewal", renewal_id)
