"""What was asked that one person alone may not do, and what waits for one's own word?"""

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from renewals.access import Right, Somebody, may
from renewals.admin.columns import moment
from renewals.admin.lists import ListAdmin
from renewals.approvals.deciding import waiting_for
from renewals.models import Approval, ApprovalKind, ApprovalState, Person
from renewals.models.approval import ApprovalQuerySet


@admin.register(Approval)
class ApprovalAdmin(ListAdmin):
    """Requests that need two people, newest first; a row leads to the page where the second one decides."""

    list_display = (
        "what",
        "company_name",
        "asker",
        "why",
        "standing",
        moment("asked_at", _("Pedida")),
        moment("expires_at", _("Vence")),
        "decider",
    )
    list_display_links = ("what",)
    list_filter = ("state", "kind")
    search_fields = ("company__rfc", "company__search_name", "reason")
    search_help_text = _("RFC, empresa o motivo")
    ordering = ("-asked_at",)
    sortable_by = ()
    page_name = "approval"

    def rows_for(self, person: Somebody) -> ApprovalQuerySet:
        """One's own, of one's companies, or all."""
        return Approval.objects.visible_to(person)

    def shown(self, rows: QuerySet[Approval]) -> QuerySet[Approval]:
        """With the company and the two people."""
        return rows.select_related("company", "asked_by", "decided_by")

    @display(description=_("Qué se pide"))
    def what(self, approval: Approval) -> str:
        """The kind, in words."""
        return str(ApprovalKind(approval.kind).label)

    @display(description=_("La pidió"))
    def asker(self, approval: Approval) -> str:
        """Who wants it."""
        return str(approval.asked_by)

    @display(description=_("Motivo"))
    def why(self, approval: Approval) -> str:
        """In the words of whoever asked."""
        return approval.reason

    @display(description=_("Estado"))
    def standing(self, approval: Approval) -> str:
        """Where it stands."""
        return str(ApprovalState(approval.state).label)

    @display(description=_("La decidió"))
    def decider(self, approval: Approval) -> str:
        """Whose word was the second one."""
        return str(approval.decided_by or "—")

    @display(description=_("Empresa"))
    def company_name(self, approval: Approval) -> str:
        """About which company, where it is about one."""
        return approval.company.name if approval.company else "—"


def waiting_badge(request: HttpRequest) -> str:
    """How many requests of others wait for this person; empty where none does."""
    if not isinstance(request.user, Person) or not may(request.user, Right.SEE):
        return ""
    return str(waiting_for(request.user, now=timezone.now()).count() or "")
