"""Who was told what, did the message leave, and does somebody look every day?"""

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from renewals.access import Somebody
from renewals.admin.columns import day, moment
from renewals.admin.lists import ListAdmin
from renewals.models import Delivery, Notice, SweepRun
from renewals.models.notice import DeliveryQuerySet, NoticeQuerySet
from renewals.wording.mailing import say_failure
from renewals.wording.notices import say_round_failure


@admin.register(Notice)
class NoticeAdmin(ListAdmin):
    """The ledger: every mark that a certificate has crossed, and what became of it."""

    list_display = ("company_name", "what", "audience", "mark", day("crossed_on", _("Alcanzada")), "state")
    list_display_links = ("company_name",)
    list_filter = ("state", "audience")
    ordering = ("-created_at", "-id")
    sortable_by = ()
    fields = ("certificate", "audience", "deadline_on", "mark", "crossed_on", "state")

    def rows_for(self, person: Somebody) -> NoticeQuerySet:
        """About the person's companies."""
        return Notice.objects.visible_to(person)

    def shown(self, rows: QuerySet[Notice]) -> QuerySet[Notice]:
        """With the certificate and its company."""
        return rows.select_related("certificate__company").defer("certificate__der")

    @display(description=_("Empresa"))
    def company_name(self, notice: Notice) -> str:
        """Whose certificate."""
        return notice.certificate.company.name

    @display(description=_("Certificado"))
    def what(self, notice: Notice) -> str:
        """Kind, registro patronal or branch, serial."""
        return str(notice.certificate)


@admin.register(Delivery)
class DeliveryAdmin(ListAdmin):
    """Every mail, one's own and those to one's clients, or everybody's for those who see everything; as it looked."""

    list_display = ("subject", "reader", "address", "state", "attempts", moment("sent_at", _("Enviado")))
    list_display_links = ("subject",)
    list_filter = ("state", "day")
    search_fields = ("subject", "address")
    ordering = ("-created_at", "-id")
    sortable_by = ()
    fields = ("subject", "reader", "address", "day", "state", "attempts", "why_not", "sent_at", "as_it_looked")
    readonly_fields = ("reader", "why_not", "as_it_looked")

    def rows_for(self, person: Somebody) -> DeliveryQuerySet:
        """One's own and those to one's clients, or all."""
        return Delivery.objects.visible_to(person)

    def shown(self, rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """With who it went to."""
        return rows.select_related("person", "contact", "company")

    @display(description=_("Para"))
    def reader(self, delivery: Delivery) -> str:
        """A person of the firm, or somebody at a client."""
        if delivery.company is None:
            return str(delivery.person or "—")
        # A contact may be gone by now; whose it was stays.
        return f"{delivery.contact.name}, {delivery.company.name}" if delivery.contact else delivery.company.name

    @display(description=_("Por qué no salió"))
    def why_not(self, delivery: Delivery) -> str:
        """The reason of the last failure."""
        return say_failure(delivery.failure_code) if delivery.failure_code else "—"

    @display(description=_("El correo"))
    def as_it_looked(self, delivery: Delivery) -> SafeString:
        """In a frame of its own that runs no script and loads nothing, and as plain text below."""
        return format_html(
            '<iframe class="mail" sandbox="" title="{}" srcdoc="{}"></iframe><pre class="mail">{}</pre>',
            delivery.subject,
            delivery.html,
            delivery.text,
        )


@admin.register(SweepRun)
class SweepRunAdmin(ListAdmin):
    """Every round of the watch: the proof that somebody looked."""

    list_display = (
        moment("started_at", _("Empezó")),
        moment("finished_at", _("Terminó")),
        "evaluated",
        "due",
        "absorbed",
        "made",
        "sent",
        "undelivered",
        "failed",
    )
    ordering = ("-started_at",)
    sortable_by = ()
    fields = (
        ("started_at", "finished_at"),
        ("evaluated", "due", "absorbed"),
        ("new_notices", "new_renewals"),
        ("made", "sent", "undelivered"),
        ("failed", "which_failed"),
        "monitor_told",
    )
    readonly_fields = ("which_failed", "monitor_told")

    def rows_for(self, person: Somebody) -> QuerySet[SweepRun]:
        """All: they name no company."""
        return SweepRun.objects.all() if self.may_look(person) else SweepRun.objects.none()

    @display(description=_("Señal al monitor"))
    def monitor_told(self, run: SweepRun) -> str:
        """When the monitor was called; a dash where there is none, or it did not answer."""
        return date_format(timezone.localtime(run.heartbeat_at), "d/m/Y H:i") if run.heartbeat_at else "—"

    @display(description=_("Cuáles fallaron"))
    def which_failed(self, run: SweepRun) -> SafeString | str:
        """What could not be done, with the number by which whoever looks after the system finds it."""
        return format_html_join(SafeString("<br>"), "{}", ((say_round_failure(one),) for one in run.failures)) or "—"
