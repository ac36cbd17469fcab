"""Which portal does not work, since when, and how does somebody say so, or that it is back?"""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from renewals.access import Right, incident_for, may, require
from renewals.errors import AlreadyMoved, NotVisible, Refusal
from renewals.models import Incident, Person, Portal
from renewals.procedure import incidents
from renewals.web.middleware import ELSEWHERE
from renewals.wording.errors import say_refusal

#: So many incidents of the past are named.
NAMED: Final = 20


class ReportForm(forms.Form):
    """What people see at the portal."""

    what = forms.CharField(
        label=gettext_lazy("¿Qué se ve?"),
        max_length=incidents.LONGEST_WHAT,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Por ejemplo: «Sale una página en blanco después de firmar»."),
    )


class CloseForm(forms.Form):
    """How it ended, for whoever wonders later."""

    note = forms.CharField(
        label=gettext_lazy("¿Cómo terminó?"),
        required=False,
        max_length=incidents.LONGEST_WHAT,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@never_cache
@require_GET
def portals(request: HttpRequest) -> HttpResponse:
    """Every portal with its incident, and those that are over."""
    return _page(request)


@require_POST
def portal_report(request: HttpRequest, portal: str) -> HttpResponse:
    """Say that a portal does not work."""
    by = require(request.user, Right.WORK)
    if portal not in Portal.values:
        raise NotVisible
    form = ReportForm(request.POST, auto_id=f"{portal}_%s")
    if not form.is_valid():
        return _page(request, {portal: form})
    try:
        incidents.open_incident(portal=portal, by=by, now=timezone.now(), **form.cleaned_data)
    except ELSEWHERE:
        raise
    except AlreadyMoved as refusal:
        messages.warning(request, say_refusal(refusal))
    except Refusal as refusal:
        form.add_error("what", say_refusal(refusal))
        return _page(request, {portal: form})
    else:
        messages.success(request, _("Reportado. Las renovaciones que necesitan este portal quedan en espera."))
    return redirect("portals")


@require_POST
def incident_close(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Say that it is back."""
    found = incident_for(request.user, incident_id, Right.WORK)
    form = CloseForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    try:
        by = require(request.user, Right.WORK)
        incidents.close_incident(incident=found, note=note, by=by, now=timezone.now())
    except AlreadyMoved as refusal:
        messages.warning(request, say_refusal(refusal))
    else:
        messages.success(request, _("El portal volvió. Las renovaciones que lo esperaban siguen."))
    return redirect("portals")


def _page(request: HttpRequest, sent: Mapping[str, ReportForm] | None = None) -> HttpResponse:
    person = require(request.user, Right.SEE)
    standing = {one.portal: one for one in incidents.open_incidents()}
    told = {
        "portals": [_shown(one, standing.get(one), person, (sent or {}).get(one)) for one in Portal],
        "past": incidents.past_incidents()[:NAMED],
        "may_work": may(person, Right.WORK),
        "section": "portals",
    }
    return render(request, "portals.html", told, status=400 if sent else 200)


def _shown(portal: Portal, incident: Incident | None, person: Person, sent: ReportForm | None) -> dict[str, Any]:
    """One portal: what is wrong with it and how many of the person's renewals wait, or the form to say so."""
    return {
        "key": portal.value,
        "name": portal.label,
        "incident": incident,
        "waiting": 0 if incident is None else incidents.count_held(incident, person=person),
        "report": sent or ReportForm(auto_id=f"{portal.value}_%s"),
        "close": CloseForm(auto_id=f"{portal.value}_close_%s"),
    }
