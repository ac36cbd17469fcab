"""Which client companies are there, and who answers for each?"""

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from renewals.access import Right, Somebody, may
from renewals.admin.chips import two_lines
from renewals.admin.filters import CompanyState, Responsible
from renewals.admin.lists import ListAdmin
from renewals.models import Company
from renewals.models.company import CompanyQuerySet


@admin.register(Company)
class CompanyAdmin(ListAdmin):
    """The person's companies."""

    list_display = ("company_name", "responsible_name", "mailbox", "registros")
    list_display_links = ("company_name",)
    list_filter = (Responsible, CompanyState)
    search_fields = ("rfc",)
    search_help_text = _("RFC, empresa o registro patronal")
    ordering = ("name", "id")
    sortable_by = ("company_name",)
    actions_list = ("take_on",)
    page_name = "company"

    def rows_for(self, person: Somebody) -> CompanyQuerySet:
        """The person's."""
        return Company.objects.visible_to(person)

    def shown(self, rows: QuerySet[Company]) -> QuerySet[Company]:
        """With who answers and the registros patronales."""
        return rows.select_related("responsible").prefetch_related("registros_patronales")

    def get_search_results(
        self, request: HttpRequest, queryset: CompanyQuerySet, search_term: str
    ) -> tuple[QuerySet[Company], bool]:
        """Any identifier, with or without hyphens and accents."""
        return (queryset.matching(search_term) if search_term.strip() else queryset), False

    def has_work_permission(self, request: HttpRequest) -> bool:
        """Whoever changes anything at all."""
        return may(request.user, Right.WORK)

    @action(description=_("Nueva empresa"), url_path="nueva", permissions=["work"])
    def take_on(self, request: HttpRequest) -> HttpResponse:
        """Go on to the form."""
        return redirect("company_new")

    @display(description=_("Empresa y RFC"), ordering="name")
    def company_name(self, company: Company) -> SafeString:
        """Name, and below it the RFC."""
        return two_lines(company.name, company.rfc)

    @display(description=_("Correo para renovaciones"))
    def mailbox(self, company: Company) -> str:
        """Where the portal's mails go."""
        return company.renewal_mailbox or "—"

    @display(description=_("Responsable"))
    def responsible_name(self, company: Company) -> str:
        """Who answers for it."""
        return str(company.responsible or "—")

    @display(description=_("Registros patronales"))
    def registros(self, company: Company) -> str:
        """The first few numbers."""
        numbers = [one.number for one in company.registros_patronales.all()]
        return ", ".join(numbers[:3]) + (" …" if len(numbers) > 3 else "") or "—"
