"""Which certificates need somebody, and what can be asked for many of them at once?"""

from django.contrib import admin

from renewals.admin.lists import ListAdmin
from renewals.models import Certificate


@admin.register(Certificate)
class CertificateAdmin(ListAdmin):
    """All certificates of the person's companies."""

    list_display = ("company", "rfc", "kind", "scope", "expires_on", "pair_state")
    list_select_related = ("company",)
