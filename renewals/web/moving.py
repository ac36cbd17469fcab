"""How does a person let a renewal wait, give it to somebody else, send it back a step, or reopen it?"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from renewals.access import Right, renewal_for, require
from renewals.errors import AlreadyMoved, Refusal
from renewals.errors.handing_over import MoveReasonMissing
from renewals.errors.waiting import CheckDayClosed, CheckDayWrong, WaitCauseMissing
from renewals.models import Renewal, RenewalState
from renewals.procedure import handing_over, reopening, sending_back, waiting
from renewals.web.guide_forms import CancelForm
from renewals.web.guide_page import frame
from renewals.web.guide_waiting import wait_told
from renewals.web.middleware import ELSEWHERE
from renewals.web.moving_forms import HandOverForm, HandsForm, PostponeForm, ReasonForm, SendBackForm, WaitForm
from renewals.wording.days import say_date
from renewals.wording.errors import say_refusal
from renewals.wording.steps import say_step

#: The field that a refusal is about.
PLACES: Final[Mapping[type[Refusal], str]] = {
    CheckDayWrong: "check_on",
    CheckDayClosed: "check_on",
    WaitCauseMissing: "cause",
    MoveReasonMissing: "reason",
}


@never_cache
@require_GET
def renewal_options(request: HttpRequest, renewal_id: int) -> HttpResponse:
    """Everything that can be done with a renewal besides its current step."""
    return _page(request, renewal_for(request.user, renewal_id, Right.WORK))


@require_POST
def renewal_wait(request: HttpRequest, renewal_id: int) -> HttpResponse:
    """Let it wait for somebody outside."""
    found = renewal_for(request.user, renewal_id, Right.WORK)
    form = WaitForm(request.POST, today=timezone.localdate(), auto_id="wait_%s")

    def do(told: Mapping[str, Any]) -> str:
        by = require(request.user, Right.WORK)
        waiting.begin_wait(renewal=found, by=by, now=timezone.now(), **told)
        return _("En espera. Se revisa el %(day)s.") % {"day": say_date(told["check_on"])}

    return _done(request, found, form, "wait", do)


@require_POST
def renewal_wait_end(request: HttpRequest, renewal_id: int) -> HttpResponse:
    """Let it go on."""
    found = renewal_for(request.user, renewal_id, Right.WORK)

    def do(_told: Mapping[str, Any]) -> str:
        waiting.end_wait(renewal=found, by=require(request.user, Right.WORK), now=timezone.now())
        return _("La espera terminó: el paso puede seguir.")

    return _done(request, found, forms.Form(request.POST), "", do)


@require_POST
def renewal_wait_postpone(request: HttpRequest, renewal_id: int) -> HttpResponse:
    """Let it wait on, and ask again on another day."""
    found = renewal_for(request.user, renewal_id, Right.WORK)
    form = PostponeForm(request.POST, today=timezone.localdate(), auto_id="postpone_%s")

    def do(told: Mapping[str, Any]) -> str:
        waiting.postpone(renewal=found, by=require(request.user, Right.WORK), now=timezone.now(), **told)
        return _("Sigue en espera. Se revisa el %(day)s.") % {"day": say_date(told["check_on"])}

    return _done(request, found, form, "postpone", do)


@require_POST
def renewal_hand_over(request: HttpRequest, renewal_id: int) -> HttpResponse:
    """Give it to another person."""
    found = renewal_for(request.user, renewal_id, Right.WORK)
    people = handing_over.who_may_take(found.company)
    form = HandOverForm(request.POST, people=people, auto_id="hand_over_%s")

    def do(told: Mapping[str, Any]) -> str:
        to = form.people[told["to"]]
        handing_over.hand_over(
            renewal=found,
            to=to,
            in_hands_of=told["in_hands_of"],
            note=told["note"],
            by=require(request.user, Right.WORK),
            now=timezone.now(),
        )
        return _("Ahora está a cargo de %(person)s.") % {"person": to}

    return _done(request, found, form, "hand_over", do)


@require_POST
def renewal_take_over(request: HttpRequest, renewal_id: int) -> HttpResponse:
    """Take it into one's own hands."""
    found = renewal_for(request.user, renewal_id, Right.WORK)

    def do(told: Mapping[str, Any]) -> str:
        by = require(request.user, Right.WORK)
        handing_over.take_over(renewal=found, in_hands_of=told["in_hands_of"], by=by, now=timezone.now())
        return _("Ahora está a tu cargo.")

    return _done(request, found, HandsForm(request.POST), "", do)


@require_POST
def renewal_send_back(request: HttpRequest, renewal_id: int) -> HttpResponse:
    """Send it back to an earlier step."""
    found = renewal_for(request.user, renewal_id, Right.WORK)
    # Every step of the plan: which of them lie behind is the verb's to say, by what the person saw.
    form = SendBackForm(request.POST, behind=sending_back.steps_of_plan(found), auto_id="send_back_%s")

    def do(told: Mapping[str, Any]) -> str:
        sending_back.send_back(renewal=found, by=require(request.user, Right.WORK), now=timezone.now(), **told)
        now = renewal_for(request.user, renewal_id, Right.SEE)
        return _("La renovación regresó a «%(step)s». No se borró nada.") % {"step": say_step(now.current_step)}

    return _done(request, found, form, "send_back", do)


@require_POST
def renewal_reopen(request: HttpRequest, renewal_id: int) -> HttpResponse:
    """Let a cancelled one go on."""
    found = renewal_for(request.user, renewal_id, Right.WORK)
    form = ReasonForm(request.POST, auto_id="reopen_%s")

    def do(told: Mapping[str, Any]) -> str:
        reopening.reopen(renewal=found, by=require(request.user, Right.WORK), now=timezone.now(), **told)
        return _("La renovación sigue donde se quedó.")

    return _done(request, found, form, "reopen", do)


def _done(
    request: HttpRequest, found: Renewal, form: forms.Form, name: str, do: Callable[[Mapping[str, Any]], str]
) -> HttpResponse:
    """Do it and go to where the renewal stands; what is refused for a field is shown there, with what was typed."""
    if not form.is_valid():
        return _page(request, found, form, name) if name else redirect("renewal", found.pk)
    try:
        messages.success(request, do(form.cleaned_data))
    except ELSEWHERE:
        raise
    except AlreadyMoved as refusal:
        messages.warning(request, say_refusal(refusal))
    except Refusal as refusal:
        if not name:
            messages.error(request, say_refusal(refusal))
            return redirect("renewal", found.pk)
        form.add_error(PLACES.get(type(refusal)), say_refusal(refusal))
        return _page(request, found, form, name)
    return redirect("renewal", found.pk)


def _page(request: HttpRequest, found: Renewal, sent: forms.Form | None = None, name: str = "") -> HttpResponse:
    """All that can be done; the form that was sent keeps what was typed."""
    is_open = found.state == RenewalState.OPEN
    today = timezone.localdate()
    hands = {"in_hands_of": found.assignee_id}
    made: dict[str, forms.Form] = {}
    if found.open:
        made["hand_over"] = HandOverForm(
            people=[one for one in handing_over.who_may_take(found.company) if one.pk != found.assignee_id],
            initial=hands,
            auto_id="hand_over_%s",
        )
        made["take_over"] = HandsForm(initial=hands, auto_id="take_over_%s")
    if is_open:
        seen = {"from_key": found.current_step, "version": sending_back.version_of(found)}
        behind = sending_back.steps_behind(found)
        made["send_back"] = SendBackForm(behind=behind, initial=seen, auto_id="send_back_%s")
        made["wait"] = WaitForm(today=today, auto_id="wait_%s")
        made["postpone"] = PostponeForm(today=today, auto_id="postpone_%s")
    if found.state == RenewalState.CANCELLED:
        made["reopen"] = ReasonForm(auto_id="reopen_%s")
    if sent is not None:
        made[name] = sent
    told = {
        **frame(found, person=request.user),
        **{f"{key}_form": form for key, form in made.items()},
        "cancel_form": CancelForm(),
        **wait_told(waiting.wait_of(found) if is_open else None),
        "step_title": say_step(found.current_step) if is_open else "",
        "is_mine": found.assignee_id == request.user.pk,
    }
    return render(request, "renewals/options.html", told, status=200 if sent is None else 400)
