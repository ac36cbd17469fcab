"""What unusual use of keys did the vault worker notice, and were the partners told?"""

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from renewals.access import Right, Somebody, may
from renewals.admin.chips import chip
from renewals.admin.columns import moment
from renewals.admin.lists import ListAdmin
from renewals.models import Alert, AlertKind, Person
from renewals.models.alert import AlertQuerySet
from renewals.wording.alerts import say_alert

_COLOURS = {
    AlertKind.LIMIT: "red",
    AlertKind.BURST: "red",
    AlertKind.DESTRUCTION: "red",
    AlertKind.NIGHT: "amber",
    AlertKind.SIGNATURE: "amber",
    AlertKind.FIRST_TIME: "grey",
}


@admin.register(Alert)
class AlertAdmin(ListAdmin):
    """Every alert, newest first; for partners and auditors, because it is about a colleague."""

    list_display = (
        "what",
        "kind_chip",
        "person",
        moment("at", _("Cuándo")),
        moment("told_at", _("Avisado")),
    )
    list_display_links = ("what",)
    list_filter = ("kind", "at")
    search_fields = ("person__username", "company__rfc")
    search_help_text = _("Usuario o RFC")
    ordering = ("-at", "-id")
    sortable_by = ()
    fields = ("what", "kind", "person", "company", "at", "told_at", "mailed_at")
    readonly_fields = ("what",)

    def rows_for(self, person: Somebody) -> AlertQuerySet:
        """All, or none."""
        return Alert.objects.visible_to(person)

    def may_look(self, person: Somebody) -> bool:
        """Partners and auditors."""
        return may(person, Right.SEE) and isinstance(person, Person) and person.sees_everything

    def shown(self, rows: QuerySet[Alert]) -> QuerySet[Alert]:
        """With whom and which company they are about."""
        return rows.select_related("person", "company")

    @display(description=_("Qué pasó"))
    def what(self, alert: Alert) -> str:
        """In one sentence."""
        company = alert.company.name if alert.company else ""
        return say_alert(alert.kind, alert.facts, person=str(alert.person or ""), company=company)

    @display(description=_("Tipo"), ordering="kind")
    def kind_chip(self, alert: Alert) -> SafeString:
        """In a word."""
        return chip(_COLOURS[AlertKind(alert.kind)], alert.get_kind_display())
