"""Which renewals are under way, on which step, with whom?"""

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from renewals.access import Somebody
from renewals.admin.chips import light_chip, step_text
from renewals.admin.filters import Assignee, RenewalProgress
from renewals.admin.lists import ListAdmin
from renewals.models import Renewal
from renewals.models.renewal import RenewalQuerySet


@admin.register(Renewal)
class RenewalAdmin(ListAdmin):
    """The renewals of the person's companies; those under way unless the filter says otherwise."""

    list_display = ("company_name", "what", "light", "step", "in_hands_of", "created_at")
    list_display_links = ("company_name",)
    list_filter = (RenewalProgress, Assignee, "state")
    search_fields = ("id",)
    search_help_text = _("RFC, empresa, registro patronal o número de serie")
    ordering = ("-created_at", "-id")
    sortable_by = ("created_at",)
    page_name = "renewal"

    def rows_for(self, person: Somebody) -> RenewalQuerySet:
        """With all that a row shows; the certificate's own bytes stay where they are."""
        rows = Renewal.objects.visible_to(person).select_related("company", "certificate", "assignee")
        return rows.defer("certificate__der")

    def get_search_results(
        self, request: HttpRequest, queryset: RenewalQuerySet, search_term: str
    ) -> tuple[QuerySet[Renewal], bool]:
        """Whatever finds the certificate finds its renewal."""
        return (queryset.matching(search_term) if search_term.strip() else queryset), False

    @display(description=_("Empresa"))
    def company_name(self, renewal: Renewal) -> str:
        """Whose it is."""
        return renewal.company.name

    @display(description=_("Certificado"))
    def what(self, renewal: Renewal) -> str:
        """Kind, registro patronal or branch, serial."""
        return str(renewal.certificate)

    @display(description=_("Semáforo"))
    def light(self, renewal: Renewal) -> SafeString:
        """Of the certificate that is being replaced."""
        return light_chip(renewal.certificate, timezone.localdate())

    @display(description=_("Paso"))
    def step(self, renewal: Renewal) -> str:
        """Which of how many, and what it is called."""
        return step_text(renewal)

    @display(description=_("A cargo de"))
    def in_hands_of(self, renewal: Renewal) -> str:
        """Who has it in hand."""
        return str(renewal.assignee or "—")
