"""How is a person led through a renewal, one screen a step?"""

from datetime import datetime
from typing import Protocol

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from renewals.access import Right, certificate_for, evidence_for, renewal_for, require
from renewals.errors import AlreadyMoved, CertificateNotCurrent, NotVisible, Refusal, RenewalClosed, StepAlreadyMoved
from renewals.models import Person, Renewal, RenewalState
from renewals.procedure import cancelling, dossier, preflight, progress
from renewals.procedure.evidence import open_kept
from renewals.procedure.overview import standing, under_way_of
from renewals.procedure.queueing import queue_renewals
from renewals.procedure.steps import Step, plan_of
from renewals.web.guide_forms import CancelForm, PushForm, StepForm
from renewals.web.guide_page import context, frame
from renewals.wording.errors import say_refusal
from renewals.wording.steps import say_step


class Verb(Protocol):
    """Something a person does to the current step by pressing a button."""

    def __call__(self, *, renewal: Renewal, key: str, version: int, by: Person, now: datetime) -> None:
        """Do it."""


@require_POST
def renewal_start(request: HttpRequest, certificate_id: int) -> HttpResponse:
    """Begin the renewal of one certificate, or go to the one that is under way."""
    certificate = certificate_for(request.user, certificate_id, Right.WORK)
    outcome = queue_renewals(certificates=[certificate], by=require(request.user, Right.WORK), now=timezone.now())
    if outcome.not_current:
        messages.error(request, say_refusal(CertificateNotCurrent()))
        return redirect("certificate", certificate_id)
    under_way = under_way_of(certificate)
    return redirect("certificate", certificate_id) if under_way is None else redirect("renewal", under_way.pk)


@never_cache
@require_GET
def renewal(request: HttpRequest, renewal_id: int) -> HttpResponse:
    """Where the renewal stands now: its current step, or how it ended."""
    found = renewal_for(request.user, renewal_id, Right.SEE)
    if found.state == RenewalState.OPEN:
        return _step_page(request, found, found.current_step)
    template = {
        RenewalState.QUEUED: "renewals/queued.html",
        RenewalState.DONE: "renewals/done.html",
        RenewalState.CANCELLED: "renewals/cancelled.html",
    }[RenewalState(found.state)]
    return render(request, template, _whole(request, found))


@never_cache
@require_GET
def step(request: HttpRequest, renewal_id: int, key: str) -> HttpResponse:
    """One step: done, ahead, or the current one, which has one address only."""
    found = renewal_for(request.user, renewal_id, Right.SEE)
    _step_of(found, key)
    if found.state == RenewalState.QUEUED or (found.state == RenewalState.OPEN and found.current_step == key):
        return redirect("renewal", renewal_id)
    return _step_page(request, found, key)


@never_cache
@require_GET
def renewal_live(request: HttpRequest, renewal_id: int) -> HttpResponse:
    """The part of a page that waits; done once the renewal stands elsewhere than where the page was shown."""
    found = renewal_for(request.user, renewal_id, Right.SEE)
    response = render(request, "renewals/live.html", {"since": timezone.now()})
    if standing(found) != request.GET.get("desde"):
        response.headers["X-Live"] = "done"
    return response


@sensitive_post_parameters()
@require_POST
def step_hand_in(request: HttpRequest, renewal_id: int, key: str) -> HttpResponse:
    """Hand in the current step."""
    found = renewal_for(request.user, renewal_id, Right.WORK)
    form = StepForm(_step_of(found, key), request.POST, request.FILES)
    if not form.is_valid():
        return _step_page(request, found, key, form=form, status=400)
    try:
        progress.hand_in(
            renewal=found,
            key=key,
            version=form.cleaned_data["version"],
            handed=form.handed(),
            by=require(request.user, Right.WORK),
            now=timezone.now(),
        )
    except AlreadyMoved as refusal:
        return _somebody_was_faster(request, renewal_id, refusal)
    except Refusal as refusal:
        form.add_refusal(refusal)
        return _step_page(request, found, key, form=form, status=400)
    return _moved_on(request, renewal_id, key)


@require_POST
def step_confirm_second(request: HttpRequest, renewal_id: int, key: str) -> HttpResponse:
    """Add the second person's word."""
    return _push(request, renewal_id, key, progress.confirm_second)


@require_POST
def step_try_again(request: HttpRequest, renewal_id: int, key: str) -> HttpResponse:
    """Let the machine try its own step again."""
    return _push(request, renewal_id, key, progress.try_again)


@require_POST
def renewal_preflight(request: HttpRequest, renewal_id: int) -> HttpResponse:
    """Look again at what the renewal lacked."""
    found = renewal_for(request.user, renewal_id, Right.WORK)
    try:
        preflight.ask_again(renewal=found, by=require(request.user, Right.WORK), now=timezone.now())
    except RenewalClosed as refusal:
        messages.warning(request, say_refusal(refusal))
    except AlreadyMoved:
        messages.info(request, _("La revisión previa ya está en marcha."))
    return redirect("renewal", renewal_id)


@require_POST
def renewal_cancel(request: HttpRequest, renewal_id: int) -> HttpResponse:
    """Give a renewal up, with a reason."""
    found = renewal_for(request.user, renewal_id, Right.WORK)
    form = CancelForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        cancelling.cancel(renewal=found, reason=reason, by=require(request.user, Right.WORK), now=timezone.now())
    except Refusal as refusal:
        messages.error(request, say_refusal(refusal))
    else:
        messages.success(request, _("La renovación quedó cancelada. No se borró nada."))
    return redirect("renewal", renewal_id)


@require_GET
def evidence_file(request: HttpRequest, evidence_id: int) -> FileResponse:
    """A file that was kept as evidence, to be saved and never shown by the browser."""
    kept = evidence_for(request.user, evidence_id, Right.SEE)
    file = open_kept(kept)
    if file is None:
        raise NotVisible
    return FileResponse(file, as_attachment=True, filename=kept.file_name, content_type="application/octet-stream")


def _step_of(found: Renewal, key: str) -> Step:
    try:
        return plan_of(found.plan, found.edition).step(key)
    except KeyError:
        raise NotVisible from None


def _step_page(
    request: HttpRequest, found: Renewal, key: str, *, form: StepForm | None = None, status: int = 200
) -> HttpResponse:
    shown = context(found, key=key, person=request.user, form=form)
    return render(request, f"steps/{key}.html", {**shown, "cancel_form": CancelForm()}, status=status)


def _whole(request: HttpRequest, found: Renewal) -> dict[str, object]:
    """The page of a renewal that stands at no step."""
    if found.state == RenewalState.DONE:
        last = plan_of(found.plan, found.edition).steps[-1]
        return {**context(found, key=last.key, person=request.user), "dossier": dossier.dossier_of(found)}
    return {**frame(found, person=request.user), "cancel_form": CancelForm(), "dossier": dossier.dossier_of(found)}


def _push(request: HttpRequest, renewal_id: int, key: str, verb: Verb) -> HttpResponse:
    """Do what takes nothing but a button: the version of the step that the person saw comes with it."""
    found = renewal_for(request.user, renewal_id, Right.WORK)
    _step_of(found, key)
    seen = PushForm(request.POST)
    if not seen.is_valid():
        return redirect("renewal", renewal_id)
    by = require(request.user, Right.WORK)
    try:
        verb(renewal=found, key=key, version=seen.cleaned_data["version"], by=by, now=timezone.now())
    except AlreadyMoved as refusal:
        return _somebody_was_faster(request, renewal_id, refusal)
    except Refusal as refusal:
        messages.error(request, say_refusal(refusal))
        return redirect("renewal", renewal_id)
    return _moved_on(request, renewal_id, key)


def _moved_on(request: HttpRequest, renewal_id: int, key: str) -> HttpResponse:
    """Say what became of the step, where the next page does not say it by itself."""
    now = renewal_for(request.user, renewal_id, Right.SEE)
    if now.current_step != key:
        messages.success(request, _("Listo: %(step)s.") % {"step": say_step(key)})
    return redirect("renewal", renewal_id)


def _somebody_was_faster(request: HttpRequest, renewal_id: int, refusal: Refusal) -> HttpResponse:
    """Tell who it was; whoever pressed twice is not told about themselves."""
    if isinstance(refusal, StepAlreadyMoved) and refusal.facts.get("who") == str(request.user):
        messages.info(request, _("Este paso ya lo habías entregado."))
    else:
        messages.warning(request, say_refusal(refusal))
    return redirect("renewal", renewal_id)
