"""How does a person try out whether mail reaches them?"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from renewals.access import Right, require
from renewals.errors import Refusal
from renewals.notices.trying import ask_for_test, last_test_of
from renewals.web.middleware import ELSEWHERE
from renewals.wording.errors import say_refusal
from renewals.wording.mailing import say_failure


@never_cache
@require_GET
def mail_test(request: HttpRequest) -> HttpResponse:
    """The address to which one's notices go, and what became of the last try."""
    person = require(request.user, Right.SEE)
    last = last_test_of(person)
    why = say_failure(last.failure_code) if last is not None and last.failure_code else ""
    return render(request, "people/mail_test.html", {"person": person, "last": last, "why": why})


@require_POST
def mail_test_send(request: HttpRequest) -> HttpResponse:
    """Have a message sent to oneself."""
    person = require(request.user, Right.SEE)
    try:
        ask_for_test(by=person)
    except ELSEWHERE:
        raise
    except Refusal as refusal:
        messages.error(request, say_refusal(refusal))
    else:
        messages.success(request, _("El correo de prueba va en camino a %(address)s.") % {"address": person.email})
    return redirect("mail_test")
