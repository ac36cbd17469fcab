"""Which companies' keys were destroyed, and until when can copies of them exist?"""

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from renewals.access import Somebody
from renewals.admin.columns import day, moment
from renewals.admin.lists import ListAdmin
from renewals.models import Destruction
from renewals.models.key_work import DestructionQuerySet


@admin.register(Destruction)
class DestructionAdmin(ListAdmin):
    """The certificates of destruction, newest first; a row leads to the page where they are downloaded."""

    list_display = (
        "company_name",
        moment("destroyed_at", _("Destruidas")),
        day("last_copy_lapses_on", _("Última copia hasta")),
    )
    list_display_links = ("company_name",)
    search_fields = ("company__rfc", "company__search_name")
    search_help_text = _("RFC o empresa")
    ordering = ("-destroyed_at",)
    sortable_by = ()
    page_name = "destruction"

    def rows_for(self, person: Somebody) -> DestructionQuerySet:
        """Of the person's companies."""
        return Destruction.objects.visible_to(person)

    def shown(self, rows: QuerySet[Destruction]) -> QuerySet[Destruction]:
        """With the company, without the papers."""
        return rows.select_related("company").defer("statement", "certificate")

    @display(description=_("Empresa"))
    def company_name(self, destruction: Destruction) -> str:
        """Whose keys they were."""
        return destruction.company.name
