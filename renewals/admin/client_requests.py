"""What were clients asked for by a link, and which of it was never answered?"""

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from renewals.access import Somebody
from renewals.admin.chips import chip
from renewals.admin.columns import moment
from renewals.admin.lists import ListAdmin
from renewals.models import ClientRequest, RequestState
from renewals.models.client_request import ClientRequestQuerySet

_COLOURS = {
    RequestState.OPEN: "amber",
    RequestState.ANSWERED: "green",
    RequestState.LAPSED: "red",
    RequestState.LOCKED: "red",
    RequestState.WITHDRAWN: "grey",
}


@admin.register(ClientRequest)
class ClientRequestAdmin(ListAdmin):
    """Questions to clients, newest first; a row leads to the page that says what came."""

    list_display = (
        "company_name",
        "contact_name",
        "things",
        "standing",
        moment("asked_at", _("Se pidió el")),
        moment("expires_at", _("Vence el")),
    )
    list_display_links = ("company_name",)
    list_filter = ("state",)
    search_fields = ("address", "contact_name")
    search_help_text = _("Correo o nombre")
    ordering = ("-asked_at", "-id")
    sortable_by = ()
    page_name = "client_request"

    def rows_for(self, person: Somebody) -> ClientRequestQuerySet:
        """Those of one's companies."""
        return ClientRequest.objects.visible_to(person)

    def shown(self, rows: QuerySet[ClientRequest]) -> QuerySet[ClientRequest]:
        """With the company and the things."""
        return rows.select_related("company").prefetch_related("items")

    @display(description=_("Empresa"))
    def company_name(self, asked: ClientRequest) -> str:
        """Whose client it is."""
        return asked.company.name

    @display(description=_("Se pidió"))
    def things(self, asked: ClientRequest) -> str:
        """What was asked for."""
        return ", ".join(one.get_what_display() for one in asked.items.all())

    @display(description=_("Estado"))
    def standing(self, asked: ClientRequest) -> SafeString:
        """Where it stands."""
        return chip(asked.get_state_display(), _COLOURS[RequestState(asked.state)])
