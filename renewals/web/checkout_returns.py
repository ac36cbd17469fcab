"""How does a person see which key files they still have on their computer, and say that they are gone?"""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from renewals.access import Right, download_for, require
from renewals.custody.returning import confirm_removed, still_out


@never_cache
@require_GET
def checkouts_out(request: HttpRequest) -> HttpResponse:
    """One's own downloads whose files nobody has said to be gone; for partners also those of people who left."""
    person = require(request.user, Right.WORK)
    return render(request, "checkout/still_out.html", {"checkouts": still_out(person)})


@require_POST
def checkout_removed(request: HttpRequest, checkout_id: UUID) -> HttpResponse:
    """Say that they are gone; then the next ones."""
    checkout = download_for(request.user, checkout_id)
    person = require(request.user, Right.WORK)
    confirm_removed(checkout=checkout, person=person, now=timezone.now())
    messages.success(request, _("Quedó anotado que los archivos ya no están en la computadora."))
    return redirect("checkouts_out")
