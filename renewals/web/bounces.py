"""What came back from an address, and how does somebody say that it works again?"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from renewals import audit
from renewals.access import Right, bounce_for, may, require
from renewals.errors.mailing import BounceSettled
from renewals.notices import bounces
from renewals.web.standing import history
from renewals.wording.errors import say_refusal


@require_GET
def bounce(request: HttpRequest, bounce_id: int) -> HttpResponse:
    """Whose address it is, what its server said, and what follows from that."""
    row = bounce_for(request.user, bounce_id, Right.SEE)
    context = {
        "bounce": row,
        "stands": row.is_permanent and row.settled_at is None,
        "may_settle": may(request.user, Right.WORK),
        "history": history(audit.history_of(row.delivery), everything=True),
    }
    return render(request, "bounces/bounce.html", context)


@require_POST
def bounce_settle(request: HttpRequest, bounce_id: int) -> HttpResponse:
    """Write to the address again."""
    person = require(request.user, Right.SEE)
    row = bounce_for(person, bounce_id, Right.WORK)
    try:
        bounces.settle(bounce=row, by=person, now=timezone.now())
    except BounceSettled as refusal:
        messages.error(request, say_refusal(refusal))
    else:
        messages.success(request, _("A %(address)s se le vuelve a escribir.") % {"address": row.address})
    return redirect("bounce", bounce_id=row.pk)
