"""Which long works on keys were asked for, and how did each end?"""

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from renewals.access import Right, Somebody, may
from renewals.admin.columns import moment
from renewals.admin.lists import ListAdmin
from renewals.models import KeyWork, KeyWorkKind, Person
from renewals.models.key_work import KeyWorkQuerySet


@admin.register(KeyWork)
class KeyWorkAdmin(ListAdmin):
    """Rotations, re-keys, retirements and erasures; a row leads to its progress and its proof."""

    list_display = (
        "what",
        "company_name",
        "asker",
        "state",
        "progress",
        moment("asked_at", _("Pedido")),
        moment("finished_at", _("Terminado")),
    )
    list_display_links = ("what",)
    list_filter = ("kind", "state")
    ordering = ("-asked_at",)
    sortable_by = ()
    actions_list = ("master_keys",)
    page_name = "key_work"

    def rows_for(self, person: Somebody) -> KeyWorkQuerySet:
        """All, for whoever sees everything."""
        return KeyWork.objects.visible_to(person)

    def shown(self, rows: QuerySet[KeyWork]) -> QuerySet[KeyWork]:
        """With the company and who asked."""
        return rows.select_related("company", "asked_by")

    def may_look(self, person: Somebody) -> bool:
        """Partners and auditors."""
        return may(person, Right.SEE) and isinstance(person, Person) and person.sees_everything

    def has_manage_permission(self, request: HttpRequest) -> bool:
        """Partners."""
        return may(request.user, Right.MANAGE)

    @action(description=_("Cambiar o retirar la llave maestra"), url_path="maestras", permissions=["manage"])
    def master_keys(self, request: HttpRequest) -> HttpResponse:
        """Go on to the page where that is asked for."""
        return redirect("master_keys")

    @display(description=_("Trabajo"))
    def what(self, work: KeyWork) -> str:
        """The kind, in words."""
        return str(KeyWorkKind(work.kind).label)

    @display(description=_("Empresa"))
    def company_name(self, work: KeyWork) -> str:
        """Of which company, where it is of one."""
        return work.company.name if work.company else "—"

    @display(description=_("Lo pidió"))
    def asker(self, work: KeyWork) -> str:
        """A person, or a shell on the machine itself."""
        return str(work.asked_by or _("En el servidor"))

    @display(description=_("Avance"))
    def progress(self, work: KeyWork) -> str:
        """How many of how many."""
        return f"{work.done} / {work.total}" if work.total else "—"
