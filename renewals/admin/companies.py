"""Which client companies are there, and who answers for each?"""

from django.contrib import admin

from renewals.admin.lists import ListAdmin
from renewals.models import Company


@admin.register(Company)
class CompanyAdmin(ListAdmin):
    """The person's companies."""

    list_display = ("name", "rfc", "responsible")
    list_select_related = ("responsible",)
