"""What was handed out, what was asked for in bulk, and what could not be done?"""

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from renewals.access import Right, Somebody, may
from renewals.admin.columns import moment
from renewals.admin.filters import StillOut
from renewals.admin.lists import ListAdmin
from renewals.models import BulkJob, Checkout, Person, SetAside
from renewals.models.bulk import BulkJobQuerySet
from renewals.models.checkout import CheckoutQuerySet
from renewals.wording.bulk import say_bulk_action
from renewals.wording.history import say_job


@admin.register(Checkout)
class CheckoutAdmin(ListAdmin):
    """Who took which files out of custody, when and why; never what was in them."""

    list_display = (
        "company_name",
        "what",
        "person",
        "reason",
        "state",
        moment("asked_at", _("Solicitada")),
        moment("taken_at", _("Entregada")),
        moment("removed_at", _("Borrada de la computadora")),
        moment("passphrase_shown_at", _("Contraseña mostrada")),
    )
    list_display_links = ("company_name",)
    list_filter = ("state", "what", StillOut)
    search_fields = ("company__rfc", "reason")
    search_help_text = _("RFC o motivo")
    ordering = ("-asked_at",)
    sortable_by = ()
    fields = (
        "company",
        "what",
        "certificate",
        "renewal",
        "person",
        "reason",
        "from_address",
        "state",
        "asked_at",
        "expires_at",
        "taken_at",
        "passphrase_shown_at",
        "removed_at",
        "mandate",
        "approval",
        "form",
        "minutes",
    )

    def rows_for(self, person: Somebody) -> CheckoutQuerySet:
        """Of the person's companies."""
        return Checkout.objects.visible_to(person)

    def shown(self, rows: QuerySet[Checkout]) -> QuerySet[Checkout]:
        """Without the sealed bytes, which are nobody's business here."""
        related = rows.select_related("person", "company", "certificate", "renewal")
        return related.defer("package", "passphrase_box", "sealed_transport_key", "certificate__der")

    @display(description=_("Empresa"))
    def company_name(self, checkout: Checkout) -> str:
        """Whose files."""
        return checkout.company.name


@admin.register(BulkJob)
class BulkJobAdmin(ListAdmin):
    """What was asked for many certificates at once; a row leads to its progress."""

    list_display = (
        "action_name",
        "by",
        "state",
        moment("created_at", _("Pedido")),
        moment("finished_at", _("Terminado")),
    )
    list_display_links = ("action_name",)
    list_filter = ("state",)
    ordering = ("-created_at",)
    sortable_by = ()
    page_name = "bulk_job"

    def rows_for(self, person: Somebody) -> BulkJobQuerySet:
        """One's own, or all."""
        return BulkJob.objects.visible_to(person)

    def shown(self, rows: QuerySet[BulkJob]) -> QuerySet[BulkJob]:
        """With who asked."""
        return rows.select_related("by")

    @display(description=_("Qué se pidió"))
    def action_name(self, job: BulkJob) -> str:
        """In words."""
        return say_bulk_action(job.action)


@admin.register(SetAside)
class SetAsideAdmin(ListAdmin):
    """Work that failed every time somebody tried it, and rests until the next try."""

    list_display = ("what", "row", "failures", "error", moment("not_before", _("Se reintenta")))
    ordering = ("not_before", "id")
    sortable_by = ()
    fields = ("what", "row", "failures", "error", "not_before")
    readonly_fields = ("what",)

    def rows_for(self, person: Somebody) -> QuerySet[SetAside]:
        """All, for whoever may look."""
        return SetAside.objects.all() if self.may_look(person) else SetAside.objects.none()

    @display(description=_("Trabajo"))
    def what(self, aside: SetAside) -> str:
        """In words."""
        return say_job(aside.job)

    def may_look(self, person: Somebody) -> bool:
        """Partners and auditors."""
        return may(person, Right.SEE) and isinstance(person, Person) and person.sees_everything
