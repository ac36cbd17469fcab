"""How does staff set up an exercise: which company, which failures, and from the beginning?"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from renewals.access import Right, require
from renewals.clients import practice_accounts
from renewals.practice.memory import Failure, Memory
from renewals.wording.practice import FAILURES, STAGES

#: So many companies on one page; a name or RFC finds the others.
SHOWN = 20


@require_GET
def training(request: HttpRequest) -> HttpResponse:
    """The practice companies with what the portal is to do to each, and how an exercise goes."""
    person = require(request.user, Right.WORK)
    text = "".join(one for one in request.GET.get("buscar", "")[:100] if one.isprintable()).strip()
    companies = practice_accounts.practice_companies(person)
    if text:
        companies = companies.named(text)
    found = companies.order_by("name").select_related("practice_account")[: SHOWN + 1]
    rows = [
        {
            "company": company,
            "switches": account.switches if account else [],
            "stages": [STAGES[Memory.read(kept).stage] for kept in (account.memory.values() if account else ())],
        }
        for company in found[:SHOWN]
        for account in [getattr(company, "practice_account", None)]
    ]
    context = {"rows": rows, "failures": FAILURES.items(), "text": text, "are_more": len(found) > SHOWN}
    return render(request, "practice/training.html", context)


@require_POST
def choose(request: HttpRequest, company_id: int) -> HttpResponse:
    """Switch failures on and off for one company."""
    company = practice_accounts.practice_company(require(request.user, Right.WORK), company_id)
    wanted = [one for one in request.POST.getlist("falla") if one in set(Failure)]
    practice_accounts.choose_failures(practice_accounts.account_of(company), wanted)
    if request.POST.get("volver"):
        return redirect("practice:screen")
    messages.success(request, gettext("Listo. El portal de práctica ya se comporta así con %s.") % company.name)
    return redirect("practice:training")


@require_POST
def begin_again(request: HttpRequest, company_id: int) -> HttpResponse:
    """Let the portal forget one company: the exercise begins anew."""
    company = practice_accounts.practice_company(require(request.user, Right.WORK), company_id)
    practice_accounts.forget(practice_accounts.account_of(company))
    messages.success(request, gettext("El portal de práctica olvidó el trámite de %s.") % company.name)
    return redirect("practice:training")
