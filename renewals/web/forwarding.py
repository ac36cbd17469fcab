"""Where does a person go on to after signing in or confirming? Only to an address of our own."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def next_address(request: HttpRequest) -> str:
    """The ``next`` of the form or the query where it stays on this site, otherwise the dashboard."""
    return own_address(request, request.POST.get("next") or request.GET.get("next"))


def own_address(request: HttpRequest, wanted: str | None) -> str:
    """``wanted`` where it stays on this site, otherwise the dashboard."""
    here = {request.get_host()}
    if wanted and url_has_allowed_host_and_scheme(wanted, allowed_hosts=here, require_https=request.is_secure()):
        return wanted
    return reverse("admin:index")
