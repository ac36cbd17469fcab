"""How does a partner have master keys changed and retired, or a company re-keyed, and see how far it has come?"""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from renewals import audit
from renewals.access import Right, company_for, key_work_for
from renewals.errors import Refusal
from renewals.models import KeyWork
from renewals.vault import master_keys as master_key_facts
from renewals.vault.rekeying import ask_rekey
from renewals.vault.retiring import ask_retirement
from renewals.vault.rotating import ask_rotation
from renewals.web.identity import confirmed_at, confirmed_partner
from renewals.web.middleware import ELSEWHERE
from renewals.web.standing import history
from renewals.wording.errors import say, say_refusal
from renewals.wording.key_works import COLOURS, HOLDERS, say_proof


class RetireForm(forms.Form):
    """Which master key goes, and why."""

    key_id = forms.RegexField(r"^[A-Za-z0-9-]{1,16}$")
    reason = forms.CharField(max_length=300)


@never_cache
@require_GET
def master_keys(request: HttpRequest) -> HttpResponse:
    """The master keys there were, and what can be asked about them."""
    confirmed_partner(request)
    known = [(key, HOLDERS.get(key.holder, key.holder)) for key in master_key_facts.known()]
    return render(request, "keys/master_keys.html", {"keys": known})


@require_POST
def master_key_rotate(request: HttpRequest) -> HttpResponse:
    """Ask that everything comes under the master key that is active in the vault."""
    by = confirmed_partner(request)
    try:
        work = ask_rotation(by=by, confirmed_at=confirmed_at(request), now=timezone.now())
    except ELSEWHERE:
        raise
    except Refusal as refusal:
        messages.error(request, say_refusal(refusal))
        return redirect("master_keys")
    return redirect("key_work", work_id=work.pk)


@require_POST
def master_key_retire(request: HttpRequest) -> HttpResponse:
    """Ask that an old master key is retired; another partner has to approve it."""
    by = confirmed_partner(request)
    form = RetireForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Escribe por qué se retira la llave."))
        return redirect("master_keys")
    try:
        work = ask_retirement(**form.cleaned_data, by=by, confirmed_at=confirmed_at(request), now=timezone.now())
    except ELSEWHERE:
        raise
    except Refusal as refusal:
        messages.error(request, say_refusal(refusal))
        return redirect("master_keys")
    return redirect("key_work", work_id=work.pk)


@never_cache
@require_http_methods(["GET", "POST"])
def company_rekey(request: HttpRequest, company_id: int) -> HttpResponse:
    """Say what a new data key does and does not do, and ask for it."""
    company = company_for(request.user, company_id, Right.MANAGE)
    by = confirmed_partner(request)
    if request.method == "POST":
        try:
            work = ask_rekey(company=company, by=by, confirmed_at=confirmed_at(request), now=timezone.now())
        except ELSEWHERE:
            raise
        except Refusal as refusal:
            messages.error(request, say_refusal(refusal))
        else:
            return redirect("key_work", work_id=work.pk)
    return render(request, "keys/rekey.html", {"company": company, "section": "companies"})


@never_cache
@require_GET
def key_work(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """One work: who asked, how far it has come, what it proved or why it failed."""
    work = key_work_for(request.user, work_id)
    context = _progress(work) | {
        "proof": say_proof(work.proof),
        "why": say(work.failure_code, work.failure_facts) if work.failure_code else "",
        "history": history(audit.history_of(work), everything=True),
    }
    return render(request, "keys/work.html", context)


@never_cache
@require_GET
def key_work_progress(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Only the bar, which the page asks for again until the work has ended."""
    context = _progress(key_work_for(request.user, work_id))
    response = render(request, "keys/progress.html", context)
    if context["is_over"]:
        response.headers["X-Live"] = "done"
    return response


def _progress(work: KeyWork) -> dict[str, object]:
    due_at = work.due_at() if work.open else None
    return {
        "begins_at": due_at if due_at is not None and due_at > timezone.now() else None,
        "work": work,
        "colour": COLOURS[work.state],
        "is_over": not work.open,
        "waits_for": work.approval if work.open and work.waits_for_somebody else None,
        "percent": 100 * work.done // work.total if work.total else 0,
    }
