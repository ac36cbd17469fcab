"""Which renewals are under way, on which step, with whom?"""

from django.contrib import admin

from renewals.admin.lists import ListAdmin
from renewals.models import Renewal


@admin.register(Renewal)
class RenewalAdmin(ListAdmin):
    """The renewals of the person's companies."""

    list_display = ("company", "certificate", "state", "current_step", "assignee")
    list_select_related = ("company", "certificate", "assignee")
