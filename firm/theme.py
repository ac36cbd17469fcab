"""What does the admin look like? The theme's own table of titles, colours and menu."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _style(_request: HttpRequest) -> str:
    return static("renewals/desk.css")


def _mark(_request: HttpRequest) -> str:
    return static("renewals/favicon.svg")


def _list(title: Any, icon: str, model: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:renewals_{model}_changelist"), **more}


#: The page's own colour, from nearly white to nearly black.
PRIMARY = {
    "50": "#f0f8fb",
    "100": "#d9edf5",
    "200": "#b4def1",
    "300": "#8ccbe6",
    "400": "#6bb8d6",
    "500": "#45a3c8",
    "600": "#0f5470",
    "700": "#0c4a63",
    "800": "#0a4058",
    "900": "#0a3245",
    "950": "#08222f",
}
SEES_EVERYTHING = "renewals.admin.site.sees_everything"
PARTNERS = "renewals.admin.site.manages"

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Vigencia"),
    "SITE_HEADER": _("Vigencia"),
    "SITE_SUBHEADER": _("Certificados de nuestros clientes"),
    "SITE_SYMBOL": "verified_user",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _mark}],
    "SITE_URL": None,
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "COLORS": {"primary": PRIMARY},
    "STYLES": [_style],
    "DASHBOARD_CALLBACK": "renewals.admin.dashboard.dashboard_context",
    "ACCOUNT": {
        "navigation": [
            {"title": _("Mi calendario"), "link": reverse_lazy("feeds")},
            {"title": _("Cambiar mi contraseña"), "link": reverse_lazy("change_password")},
            {"title": _("Correo de prueba"), "link": reverse_lazy("mail_test")},
        ]
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "title": _("Trabajo"),
                "items": [
                    {"title": _("Tablero"), "icon": "dashboard", "link": reverse_lazy("admin:index")},
                    _list(_("Certificados"), "verified", "certificate"),
                    _list(_("Empresas"), "domain", "company"),
                    _list(_("Renovaciones"), "autorenew", "renewal"),
                    {
                        "title": _("Llaves sin certificado"),
                        "icon": "key_off",
                        "link": reverse_lazy("keys_without_certificate"),
                    },
                    {"title": _("Portales"), "icon": "cloud_off", "link": reverse_lazy("portals")},
                    {
                        "title": _("Cómo nos fue"),
                        "icon": "insights",
                        "link": reverse_lazy("outcomes"),
                        "permission": PARTNERS,
                    },
                    _list(_("Aprobaciones"), "how_to_reg", "approval", badge="renewals.admin.approvals.waiting_badge"),
                    _list(_("Ausencias"), "event_busy", "standin"),
                    {
                        "title": _("Practicar"),
                        "icon": "school",
                        # Written out: the address has a name only where it exists.
                        "link": "/practica/ejercicios/",
                        "permission": "renewals.admin.site.practises",
                    },
                ],
            },
            {
                "title": _("Avisos"),
                "separator": True,
                "items": [
                    _list(_("Avisos"), "notifications", "notice"),
                    _list(_("Correos"), "mail", "delivery"),
                    _list(_("Pedido a clientes"), "forward_to_inbox", "clientrequest"),
                    {
                        "title": _("Lo que se va a mandar"),
                        "icon": "schedule_send",
                        "link": reverse_lazy("mail_preview"),
                        "permission": PARTNERS,
                    },
                    _list(_("Correos devueltos"), "unsubscribe", "bounce"),
                    _list(_("Revisiones diarias"), "event_available", "sweeprun"),
                    {"title": _("Días de aviso"), "icon": "alarm", "link": reverse_lazy("marks")},
                    {"title": _("Días inhábiles"), "icon": "calendar_month", "link": reverse_lazy("calendar")},
                    {
                        "title": _("Textos de la guía"),
                        "icon": "edit_note",
                        "link": reverse_lazy("texts"),
                        "permission": PARTNERS,
                    },
                ],
            },
            {
                "title": _("Constancia"),
                "separator": True,
                "items": [
                    _list(_("Entregas de archivos"), "outbox", "checkout"),
                    _list(_("Constancias de destrucción"), "delete_forever", "destruction"),
                    {"title": _("Llaves de auditoría"), "icon": "verified_user", "link": reverse_lazy("audit_keys")},
                    _list(_("Trabajos en lote"), "checklist", "bulkjob"),
                    _list(_("Historial"), "history", "event"),
                    _list(_("Alertas"), "notification_important", "alert", permission=SEES_EVERYTHING),
                    _list(_("Respaldos"), "backup", "archive", permission=SEES_EVERYTHING),
                    _list(_("Trabajos de llaves"), "vpn_key", "keywork", permission=SEES_EVERYTHING),
                    _list(_("Trabajos apartados"), "build", "setaside", permission=SEES_EVERYTHING),
                    _list(_("Personas"), "group", "person", permission=SEES_EVERYTHING),
                ],
            },
        ],
    },
}
