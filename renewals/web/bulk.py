"""How does a person ask for many renewals at once, and see what became of each?"""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from renewals.access import Right, bulk_job_for, require
from renewals.desk.bulk import ask_queue_renewals
from renewals.desk.bulk_results import PER_PAGE, progress_of, results_of
from renewals.models.bulk import BulkState
from renewals.wording.bulk import say_bulk_action
from renewals.wording.errors import say


class ChosenForm(forms.Form):
    """Ids of certificates, comma between them, and the key that makes a second click the first one."""

    chosen = forms.RegexField(r"^\d{1,18}(,\d{1,18})*$")
    request_key = forms.RegexField(r"^[0-9a-f]{32}$")


@require_POST
def bulk_queue(request: HttpRequest) -> HttpResponse:
    """Ask for the renewal of the chosen certificates; the page of the job shows what becomes of each."""
    by = require(request.user, Right.WORK)
    form = ChosenForm(request.POST)
    if not form.is_valid():
        return render(request, "bulk/nothing_chosen.html", status=400)
    chosen = {int(one) for one in form.cleaned_data["chosen"].split(",")}
    job = ask_queue_renewals(certificates=chosen, request_key=form.cleaned_data["request_key"], by=by)
    if left_out := len(chosen) - progress_of(job).total:
        messages.warning(request, _left_out(left_out))
    return redirect("bulk_job", job_id=job.pk)


@never_cache
@require_GET
def bulk_job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """The job, its progress and one page of its rows."""
    person = require(request.user, Right.SEE)
    job = bulk_job_for(person, job_id)
    progress = progress_of(job)
    pages = max(1, -(-progress.total // PER_PAGE))
    wanted = request.GET.get("pagina", "1")
    page = min(int(wanted), pages) if wanted.isdecimal() and len(wanted) < 7 else 1
    rows = results_of(job, person=person, page=page)
    context = {
        "job": job,
        "is_done": job.state == BulkState.DONE,
        "action": say_bulk_action(job.action),
        "progress": progress,
        "results": [(row, say(row.code) if row.code else "") for row in rows],
        "page": page,
        "pages": pages,
    }
    return render(request, "bulk/job.html", context)


@never_cache
@require_GET
def bulk_job_progress(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Only the bar, which the page asks for again until the job is done."""
    job = bulk_job_for(request.user, job_id)
    is_done = job.state == BulkState.DONE
    context = {"job": job, "progress": progress_of(job), "is_done": is_done}
    response = render(request, "bulk/progress.html", context)
    if is_done:
        response.headers["X-Live"] = "done"
    return response


def _left_out(number: int) -> str:
    told = ngettext(
        "%(number)s de los elegidos no existe o no está entre tus empresas: no se puso en cola.",
        "%(number)s de los elegidos no existen o no están entre tus empresas: no se pusieron en cola.",
        number,
    )
    return told % {"number": number}
