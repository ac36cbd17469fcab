"""Which renewals are under way, on which step, with whom?"""

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from renewals.access import Somebody
from renewals.admin.chips import chip, light_chip, step_text, two_lines
from renewals.admin.filters import Assignee, RenewalProgress
from renewals.admin.lists import ListAdmin
from renewals.models import Renewal, Wait
from renewals.models.certificate import Kind
from renewals.models.renewal import RenewalQuerySet


@admin.register(Renewal)
class RenewalAdmin(ListAdmin):
    """The renewals of the person's companies; those under way unless the filter says otherwise."""

    list_display = ("company_name", "what", "light", "step", "holds", "in_hands_of", "asked_for")
    list_display_links = ("company_name",)
    list_filter = (RenewalProgress, Assignee, "state")
    search_fields = ("id",)
    search_help_text = _("RFC, empresa, registro patronal o número de serie")
    ordering = ("-created_at", "-id")
    sortable_by = ("asked_for",)
    page_name = "renewal"

    def rows_for(self, person: Somebody) -> RenewalQuerySet:
        """Of the person's companies."""
        return Renewal.objects.visible_to(person)

    def shown(self, rows: QuerySet[Renewal]) -> QuerySet[Renewal]:
        """With company, certificate, who has it and what holds it; the certificate's own bytes stay where they are."""
        rows = rows.select_related("company", "certificate", "assignee").defer("certificate__der")
        rows = rows.prefetch_related(Prefetch("waits", queryset=Wait.objects.open()))
        return rows.with_due_day() if isinstance(rows, RenewalQuerySet) else rows

    def get_search_results(
        self, request: HttpRequest, queryset: RenewalQuerySet, search_term: str
    ) -> tuple[QuerySet[Renewal], bool]:
        """Whatever finds the certificate finds its renewal."""
        return (queryset.matching(search_term) if search_term.strip() else queryset), False

    @display(description=_("Empresa"))
    def company_name(self, renewal: Renewal) -> SafeString:
        """Whose it is."""
        return two_lines(renewal.company.name, renewal.company.rfc)

    @display(description=_("Certificado"))
    def what(self, renewal: Renewal) -> SafeString:
        """Kind, registro patronal or branch; below it the serial."""
        certificate = renewal.certificate
        return two_lines(f"{Kind(certificate.kind).label} {certificate.scope}", certificate.serial)

    @display(description=_("Pedida"), ordering="created_at")
    def asked_for(self, renewal: Renewal) -> str:
        """The local day."""
        return date_format(timezone.localtime(renewal.created_at), "d/m/Y")

    @display(description=_("Semáforo"))
    def light(self, renewal: Renewal) -> SafeString:
        """Of the certificate that is being replaced."""
        return light_chip(renewal.certificate, timezone.localdate())

    @display(description=_("Paso"))
    def step(self, renewal: Renewal) -> str:
        """Which of how many, and what it is called."""
        return step_text(renewal)

    @display(description=_("Qué la detiene"))
    def holds(self, renewal: Renewal) -> str:
        """For whom it waits and until when, or since when its step is late; all the rest goes on."""
        today = timezone.localdate()
        for wait in renewal.waits.all():
            if wait.check_on is None:
                return chip("grey", wait.get_kind_display())
            day = date_format(wait.check_on, "j b")
            if wait.check_on <= today:
                return chip("amber", gettext("%(whom)s · revisar") % {"whom": wait.get_kind_display()})
            return chip("grey", f"{wait.get_kind_display()} · {day}")
        due_on = getattr(renewal, "step_due_on", None)
        if renewal.open and due_on is not None and due_on < today:
            return chip("red", gettext("Atorada desde el %(day)s") % {"day": date_format(due_on, "j b")})
        return "—"

    @display(description=_("A cargo de"))
    def in_hands_of(self, renewal: Renewal) -> str:
        """Who has it in hand."""
        return str(renewal.assignee or "—")
