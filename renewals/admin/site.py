"""Who may enter the desk, and through which page do they sign in?"""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from renewals.access import Right, may
from renewals.models import Person


class DeskSite(UnfoldAdminSite):
    """Django's admin as the firm's desk: open to every active person of the firm; roles decide what each list shows."""

    site_title = _("Vigencia")
    site_header = _("Vigencia")
    index_title = _("Tablero")
    enable_nav_sidebar = True

    def get_urls(self) -> list[Any]:
        """Without the addresses that only the admin's own forms need, which nobody is offered here."""
        unused = {"autocomplete", "view_on_site", "password_change_done"}
        return [one for one in super().get_urls() if getattr(one, "name", None) not in unused]

    def has_permission(self, request: HttpRequest) -> bool:
        """Everybody of the firm; Django's ``is_staff`` is not asked."""
        return may(request.user, Right.SEE)

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """There is one page for signing in, with its limits; this one only points there."""
        wanted = request.GET.get("next") or request.path.removesuffix("login/")
        return redirect_to_login(wanted)

    def password_change(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """There is one page for changing a password, which goes on the record."""
        return redirect("change_password")


def sees_everything(request: HttpRequest) -> bool:
    """Whether the menu shows what is not about one's own companies."""
    return isinstance(request.user, Person) and request.user.sees_everything


def practises(request: HttpRequest) -> bool:
    """Whether the menu leads to the portal to practise on: where there is one, for those who work."""
    return settings.PRACTICE and settings.ONE_MACHINE and may(request.user, Right.WORK)


def manages(request: HttpRequest) -> bool:
    """Whether the menu shows what is for partners alone."""
    return may(request.user, Right.MANAGE)
