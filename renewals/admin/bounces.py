"""Which mail came back, from whose address, and is that address still not written to?"""

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from renewals.access import Somebody
from renewals.admin.chips import chip
from renewals.admin.columns import moment
from renewals.admin.filters import StandingBounces
from renewals.admin.lists import ListAdmin
from renewals.models import Bounce
from renewals.models.bounce import BounceQuerySet


@admin.register(Bounce)
class BounceAdmin(ListAdmin):
    """Mail that came back, newest first; a row leads to the page where somebody says that the address works."""

    list_display = (
        "address",
        "whose",
        "company_name",
        "standing",
        "status",
        moment("reported_at", _("Se supo el")),
    )
    list_display_links = ("address",)
    list_filter = (StandingBounces, "source")
    search_fields = ("address",)
    search_help_text = _("Correo")
    ordering = ("-reported_at", "-id")
    sortable_by = ()
    page_name = "bounce"

    def rows_for(self, person: Somebody) -> BounceQuerySet:
        """One's own, those of one's companies' contacts, or all."""
        return Bounce.objects.visible_to(person)

    def shown(self, rows: QuerySet[Bounce]) -> QuerySet[Bounce]:
        """With whose it was."""
        return rows.select_related("person", "contact", "delivery__company")

    @display(description=_("De quién"))
    def whose(self, bounce: Bounce) -> str:
        """The person of the firm, or the client's contact."""
        return str(bounce.person or bounce.contact or _now("Un contacto que ya no está"))

    @display(description=_("Empresa"))
    def company_name(self, bounce: Bounce) -> str:
        """Whose contact it is."""
        return bounce.delivery.company.name if bounce.delivery.company else "—"

    @display(description=_("Estado"))
    def standing(self, bounce: Bounce) -> SafeString:
        """Whether anything is sent there."""
        if not bounce.is_permanent:
            return chip(_now("Falló esa vez"), "grey")
        return chip(_now("Resuelto"), "green") if bounce.settled_at else chip(_now("Ya no se le escribe"), "red")
