"""How does a person walk a way out of trouble: begin it, answer, leave it, print what to take along?"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from renewals.access import Right, playbook_run_for, renewal_for, require
from renewals.errors import AlreadyMoved, NotVisible, Refusal
from renewals.models import PlaybookRun
from renewals.procedure import branching, runs
from renewals.vault.candidates import candidates_of
from renewals.web.guide_forms import CancelForm, PushForm
from renewals.web.guide_page import context
from renewals.web.guide_ways_out import WalkForm
from renewals.wording.errors import say_refusal
from renewals.wording.playbook_stages import say_papers
from renewals.wording.playbooks import say_playbook


@require_POST
def way_out_begin(request: HttpRequest, renewal_id: int, key: str, playbook: str) -> HttpResponse:
    """Begin a way out of the current step."""
    found = renewal_for(request.user, renewal_id, Right.WORK)
    try:
        branching.begin(
            renewal=found, step_key=key, key=playbook, by=require(request.user, Right.WORK), now=timezone.now()
        )
    except Refusal as refusal:
        messages.warning(request, say_refusal(refusal))
    return _back(renewal_id)


@require_POST
def way_out_answer(request: HttpRequest, run_id: int) -> HttpResponse:
    """Give an answer at the stage that the person saw."""
    run = playbook_run_for(request.user, run_id, Right.WORK)
    form = WalkForm(runs.stage_of(run), request.POST, request.FILES)
    if not form.is_valid():
        return _again(request, run, form)
    try:
        branching.hand_in(
            run=run,
            version=form.cleaned_data["version"],
            way=form.cleaned_data["way"],
            handed=form.handed(),
            by=require(request.user, Right.WORK),
            now=timezone.now(),
        )
    except AlreadyMoved as refusal:
        messages.warning(request, say_refusal(refusal))
        return _back(run.renewal_id)
    except Refusal as refusal:
        form.add_refusal(refusal)
        return _again(request, run, form)
    return _back(run.renewal_id)


@require_POST
def way_out_leave(request: HttpRequest, run_id: int) -> HttpResponse:
    """Go back to the step; what was told stays."""
    run = playbook_run_for(request.user, run_id, Right.WORK)
    seen = PushForm(request.POST)
    try:
        if seen.is_valid():
            version = seen.cleaned_data["version"]
            branching.leave(run=run, version=version, by=require(request.user, Right.WORK), now=timezone.now())
            messages.info(request, _("Dejaste esa salida. Lo que contestaste queda anotado."))
    except Refusal as refusal:
        messages.warning(request, say_refusal(refusal))
    return _back(run.renewal_id)


@never_cache
@require_GET
def way_out_state(request: HttpRequest, run_id: int) -> HttpResponse:
    """What came of trying the sealed passphrases; done once nothing is being tried."""
    run = playbook_run_for(request.user, run_id, Right.SEE)
    found = candidates_of(run.renewal.certificate)
    response = render(request, "renewals/candidates.html", {"candidates": found})
    if not found.is_trying:
        response.headers["X-Live"] = "done"
    return response


@require_GET
def way_out_papers(request: HttpRequest, run_id: int) -> HttpResponse:
    """What to take along to a visit in person, on one sheet to print."""
    run = playbook_run_for(request.user, run_id, Right.SEE)
    stage = runs.stage_of(run)
    if not stage.papers:
        raise NotVisible
    place, papers = say_papers(stage.papers)
    renewal = run.renewal
    return render(
        request,
        "renewals/papers.html",
        {
            "section": "renewals",
            "renewal": renewal,
            "company": renewal.company,
            "certificate": renewal.certificate,
            "title": say_playbook(run.key)[0],
            "place": place,
            "papers": papers,
            "lapses": runs.REQUEST_LAPSES if run.key in {"old_passphrase", "key_lost"} else None,
            "printed_at": timezone.now(),
        },
    )


def _again(request: HttpRequest, run: PlaybookRun, form: WalkForm) -> HttpResponse:
    """The page once more, with what was typed and what is missing."""
    found = renewal_for(request.user, run.renewal_id, Right.WORK)
    if found.current_step != run.step_key or run.open is None:
        return _back(run.renewal_id)
    shown = context(found, key=found.current_step, person=request.user)
    shown |= {"walk_form": form, "cancel_form": CancelForm()}
    return render(request, f"steps/{found.current_step}.html", shown, status=400)


def _back(renewal_id: int) -> HttpResponse:
    return redirect(reverse("renewal", args=[renewal_id]) + "#salida")
