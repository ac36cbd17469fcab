"""How does a partner name somebody's lead, and who stands in for them while they are away?"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from renewals.access import Right, absence_for, person_for, require
from renewals.errors import Refusal
from renewals.errors.absences import AbsenceDatesWrong, CannotStandIn
from renewals.people.leads import set_lead
from renewals.people.stand_ins import appoint_stand_in, end_stand_in
from renewals.web.absence_forms import AbsenceForm, LeadForm
from renewals.web.middleware import ELSEWHERE
from renewals.web.people import on_whose_word, person_page
from renewals.wording.errors import say_refusal

#: Refusal → the field of the form it is about.
PLACES: dict[type[Refusal], str] = {CannotStandIn: "stand_in", AbsenceDatesWrong: "from_on"}


@require_POST
def person_lead(request: HttpRequest, person_id: int) -> HttpResponse:
    """Name who is told where somebody does not act."""
    by = require(request.user, Right.MANAGE)
    somebody = person_for(by, person_id, Right.MANAGE)
    form = LeadForm(request.POST, somebody=somebody)
    if not form.is_valid():
        return person_page(request, somebody, lead_form=form)
    try:
        set_lead(person=somebody, lead=form.cleaned_data["lead"], **on_whose_word(request, by))
    except ELSEWHERE:
        raise
    except Refusal as refusal:
        form.add_error("lead", say_refusal(refusal))
        return person_page(request, somebody, lead_form=form)
    messages.success(request, _("Quedó anotado quién es su líder."))
    return redirect("person", person_id=somebody.pk)


@require_POST
def person_absence(request: HttpRequest, person_id: int) -> HttpResponse:
    """Name who stands in for somebody, from when to when."""
    by = require(request.user, Right.MANAGE)
    somebody = person_for(by, person_id, Right.MANAGE)
    form = AbsenceForm(request.POST, somebody=somebody)
    if not form.is_valid():
        return person_page(request, somebody, absence_form=form)
    try:
        appoint_stand_in(person=somebody, **form.cleaned_data, **on_whose_word(request, by))
    except ELSEWHERE:
        raise
    except Refusal as refusal:
        form.add_error(PLACES.get(type(refusal)), say_refusal(refusal))
        return person_page(request, somebody, absence_form=form)
    messages.success(
        request,
        _("%(stand_in)s suple a %(person)s esos días.")
        % {"stand_in": form.cleaned_data["stand_in"], "person": somebody},
    )
    return redirect("person", person_id=somebody.pk)


@require_POST
def absence_end(request: HttpRequest, absence_id: int) -> HttpResponse:
    """End it before its last day."""
    by = require(request.user, Right.MANAGE)
    absence = absence_for(by, absence_id, Right.MANAGE)
    try:
        end_stand_in(absence=absence, **on_whose_word(request, by))
    except ELSEWHERE:
        raise
    except Refusal as refusal:
        messages.error(request, say_refusal(refusal))
    else:
        messages.success(request, _("La suplencia terminó."))
    return redirect("person", person_id=absence.person_id)
