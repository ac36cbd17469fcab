"""What does the admin look like? The theme's own table of titles, colours and menu."""

from typing import Any

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Vigencia"),
    "SITE_HEADER": _("Vigencia"),
    "SITE_SUBHEADER": _("Certificados de nuestros clientes"),
    "SITE_SYMBOL": "verified_user",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "renewals.admin.dashboard.dashboard_context",
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "title": _("Trabajo"),
                "items": [
                    {"title": _("Tablero"), "icon": "dashboard", "link": reverse_lazy("admin:index")},
                ],
            },
        ],
    },
}
