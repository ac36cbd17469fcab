"""What does a partner see to when somebody leaves: which keys they had, and what makes those worthless?"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from renewals.access import Right, company_for, person_for, require, require_recent_confirmation
from renewals.desk.leaver import leaver_report, left_behind
from renewals.errors import Refusal
from renewals.vault.rekeying import ask_rekey
from renewals.web.identity import confirmed_at
from renewals.web.middleware import ELSEWHERE
from renewals.wording.errors import say_refusal
from renewals.wording.leaver import USES


@never_cache
@require_GET
def leaver(request: HttpRequest, person_id: int) -> HttpResponse:
    """The worklist: certificates to renew, companies to re-key, and for the record what else was in reach."""
    by = require(request.user, Right.MANAGE)
    now = timezone.now()
    require_recent_confirmation(confirmed_at=confirmed_at(request), now=now)
    somebody = person_for(by, person_id, Right.MANAGE)
    report = leaver_report(somebody)
    others = [(line, *USES[line.use]) for line in report.other]
    context = {"somebody": somebody, "report": report, "left": left_behind(somebody), "others": others, "now": now}
    return render(request, "people/leaver.html", context)


@require_POST
def leaver_rekey(request: HttpRequest, person_id: int, company_id: int) -> HttpResponse:
    """Ask for a new data key of one company of the worklist."""
    by = require(request.user, Right.MANAGE)
    somebody = person_for(by, person_id, Right.MANAGE)
    company = company_for(by, company_id, Right.MANAGE)
    try:
        ask_rekey(company=company, by=by, confirmed_at=confirmed_at(request), now=timezone.now())
    except ELSEWHERE:
        raise
    except Refusal as refusal:
        messages.error(request, say_refusal(refusal))
    else:
        messages.success(request, _("Se pidió cambiar la llave de datos de %(company)s.") % {"company": company.name})
    return redirect("leaver", person_id=somebody.pk)
