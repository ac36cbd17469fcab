"""How does a second person see exactly what was asked, and say yes or no?"""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from renewals import audit
from renewals.access import Right, approval_for, may, require
from renewals.approvals import deciding
from renewals.desk.requests import due_at_of, request_of
from renewals.errors import ApprovalOfOneself, ApprovalOver
from renewals.models import ApprovalKind, ApprovalState
from renewals.procedure import signing
from renewals.web.identity import confirmed_at
from renewals.web.standing import history
from renewals.wording.approvals import COLOURS
from renewals.wording.errors import say_refusal


@never_cache
@require_GET
def approval(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """What was asked, by whom, why and until when; and what this person can say to it."""
    person = require(request.user, Right.SEE)
    asked = approval_for(person, approval_id)
    now = timezone.now()
    is_open = asked.state == ApprovalState.ASKED and asked.expires_at > now
    lapsed = asked.state in {ApprovalState.ASKED, ApprovalState.APPROVED} and asked.expires_at <= now
    context = {
        "approval": asked,
        "wish": request_of(asked),
        "document": signing.document_of(asked),
        "state": ApprovalState.EXPIRED.label if lapsed else asked.get_state_display(),
        "colour": COLOURS[ApprovalState.EXPIRED if lapsed else asked.state],
        "is_open": is_open,
        "is_own": asked.asked_by_id == person.pk,
        "may_stop": deciding.may_stop(asked, person, now=now),
        "due_at": due_at_of(asked),
        "may_decide": is_open and deciding.may_decide(asked, person),
        "may_part": asked.kind == ApprovalKind.ERASE_COMPANY and may(person, Right.MANAGE),
        "others": deciding.who_may_decide(asked) if is_open else [],
        "history": history(audit.history_of(asked), everything=True),
    }
    return render(request, "approvals/approval.html", context)


@require_POST
def approval_approve(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Allow it, as the second person."""
    person = require(request.user, Right.SEE)
    asked = approval_for(person, approval_id)
    try:
        deciding.approve(approval=asked, by=person, confirmed_at=confirmed_at(request), now=timezone.now())
    except (ApprovalOfOneself, ApprovalOver) as refusal:
        messages.error(request, say_refusal(refusal))
    else:
        told = {"then": request_of(asked).then}
        messages.success(request, _("Quedó aprobada. %(then)s") % told)
    return redirect("approval", approval_id=asked.pk)


@require_POST
def approval_refuse(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Say no, as another person."""
    person = require(request.user, Right.SEE)
    asked = approval_for(person, approval_id)
    try:
        deciding.refuse(approval=asked, by=person, now=timezone.now())
    except (ApprovalOfOneself, ApprovalOver) as refusal:
        messages.error(request, say_refusal(refusal))
    else:
        messages.success(request, _("Quedó rechazada: no se hace."))
    return redirect("approval", approval_id=asked.pk)


@require_POST
def approval_withdraw(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Take back one's own request, or stop what was approved and announced."""
    person = require(request.user, Right.SEE)
    asked = approval_for(person, approval_id)
    is_decided = asked.state != ApprovalState.ASKED
    verb, told = deciding.withdraw, _("Retiraste tu solicitud.")
    if is_decided:
        verb, told = deciding.stop, _("Quedó detenida: no se hace.")
    try:
        verb(approval=asked, by=person, now=timezone.now())
    except ApprovalOver as refusal:
        messages.error(request, say_refusal(refusal))
    else:
        messages.success(request, told)
    return redirect("approval", approval_id=asked.pk)
