"""Who has been told what about which certificate, when, and did the message leave?"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from renewals.models.certificate import Certificate
from renewals.models.client_request import ClientRequest
from renewals.models.company import Company, Contact, of_visible_companies
from renewals.models.people import Person

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class DeliveryState(models.TextChoices):
    """Where a message stands."""

    PENDING = "pending", _("Por enviar")
    SENDING = "sending", _("Enviando")
    SENT = "sent", _("Enviado")
    FAILED = "failed", _("No se pudo enviar")
    #: What it says was no longer true before it left; another one says it anew.
    WITHDRAWN = "withdrawn", _("Retirado: cambió antes de salir")


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Named questions about messages."""

    def visible_to(self, person: Person | AnonymousUser) -> DeliveryQuerySet:
        """One's own, and what one's companies were told; partners and auditors read everything."""
        if not isinstance(person, Person) or not person.is_active:
            return self.none()
        if person.sees_everything:
            return self
        return self.filter(Q(person=person) | Q(company__in=Company.objects.visible_to(person)))

    def to_send(self, *, now: datetime) -> DeliveryQuerySet:
        """Those to be sent: due ones, and those whose worker died while sending."""
        return self.filter(
            Q(state=DeliveryState.PENDING, next_try_at__lte=now) | Q(state=DeliveryState.SENDING, lease_until__lt=now)
        )

    def due(self, *, now: datetime) -> DeliveryQuerySet:
        """Those that wait, and whose moment has come."""
        return self.filter(state=DeliveryState.PENDING, next_try_at__lte=now)

    def by_turn(self) -> DeliveryQuerySet:
        """In the order in which they leave: what cannot wait first, then what has waited longest."""
        return self.order_by("-is_critical", "next_try_at", "pk")

    def left_behind(self, *, now: datetime) -> DeliveryQuerySet:
        """Those whose worker died while sending."""
        return self.filter(state=DeliveryState.SENDING, lease_until__lt=now)

    def tried(self) -> DeliveryQuerySet:
        """Those that may have reached a mail server."""
        return self.filter(attempts__gt=0)

    def critical(self) -> DeliveryQuerySet:
        """Those that leave at any hour."""
        return self.filter(is_critical=True)

    def refused(self, *, since: datetime) -> DeliveryQuerySet:
        """Those that were given up after a moment because a server does not take mail to their address."""
        refused = self.filter(state=DeliveryState.FAILED, failure_code="recipient_refused")
        return refused.filter(next_try_at__gte=since)


class Delivery(models.Model):
    """One message to one person (or client's contact) for one day and purpose; another where it did not arrive.

    It is frozen when it is made; its Message-ID never changes.
    """

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="deliveries", verbose_name=_("persona")
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="deliveries", verbose_name=_("contacto")
    )
    #: Whose contact was told; none for a person of the firm, whose message may speak of many.
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, null=True, blank=True, related_name="deliveries", verbose_name=_("empresa")
    )
    day = models.DateField(_("día"))
    #: ``digest``, ``client``, ``critical:<line>``, ``alert:<alert>``, ``failure:round``, ``test:<moment>`` or
    #: ``ask:<request>``.
    purpose = models.CharField(max_length=30)
    state = models.CharField(_("estado"), max_length=10, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    address = models.EmailField(_("correo"))
    message_id = models.CharField(max_length=120, unique=True)
    #: The id under which mail programs keep messages about one certificate together; empty where there is none.
    thread_id = models.CharField(max_length=120, blank=True)
    #: The request to a client whose link it carries; the link itself is put in while it is sent, and never kept.
    request = models.ForeignKey(
        ClientRequest, on_delete=models.PROTECT, null=True, blank=True, related_name="deliveries"
    )
    #: Whether it leaves at any hour.
    is_critical = models.BooleanField(_("crítico"), default=False)
    subject = models.CharField(_("asunto"), max_length=200)
    text = models.TextField()
    html = models.TextField()
    attempts = models.PositiveSmallIntegerField(_("intentos"), default=0)
    #: Those of them that were about this message or its reader, and not about a server that nobody reached; those of
    #: the messages that this one replaces are counted in.
    own_attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    failure_code = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(_("enviado el"), null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("correo")
        verbose_name_plural = _("correos")
        ordering = ("-created_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "day", "purpose"],
                condition=~Q(state__in=["withdrawn", "failed"]),
                name="one_message_a_day_and_purpose",
            ),
            models.UniqueConstraint(
                fields=["contact", "day", "purpose"],
                condition=~Q(state__in=["withdrawn", "failed"]),
                name="one_message_a_day_and_contact",
            ),
            models.CheckConstraint(condition=Q(person=None) | Q(contact=None), name="one_message_has_one_reader"),
            models.UniqueConstraint(
                fields=["request"],
                condition=Q(request__isnull=False) & ~Q(state__in=["withdrawn", "failed"]),
                name="one_message_per_request",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=Q(state__in=["pending", "sending"]), name="delivery_to_send"
            ),
            models.Index(fields=["-created_at", "-id"], name="delivery_recent"),
        ]

    def __str__(self) -> str:
        return self.subject


class Audience(models.TextChoices):
    """Who is to be told; which people that is gets decided when the message is made."""

    RESPONSIBLE = "responsible", _("Responsable")
    LEAD = "lead", _("Su líder")
    PARTNERS = "partners", _("Socias y socios")
    CLIENT = "client", _("Cliente")


class NoticeState(models.TextChoices):
    """What became of a line of the ledger."""

    WAITING = "waiting", _("Por avisar")
    CARRIED = "carried", _("En un correo")
    ABSORBED = "absorbed", _("Incluido en otro más urgente")
    MOOT = "moot", _("Ya no hizo falta")


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Named questions about the ledger."""

    def visible_to(self, person: Person | AnonymousUser) -> NoticeQuerySet:
        """Those about the companies this person may know of."""
        return of_visible_companies(self, person, through="certificate__company")

    def waiting(self) -> NoticeQuerySet:
        """Those that no message carries yet; an index finds them whatever the number told before."""
        return self.filter(state=NoticeState.WAITING)


class Notice(models.Model):
    """The ledger: this certificate crossed this mark, and this audience is to be told by this channel, once.

    ``mark`` counts days before the deadline: 30, 7, 0, then -1, -3, -7, -14 and so on after it. A deadline that moves
    begins anew, so its day is part of what is unique.
    """

    # The unique constraint begins with the certificate: an index of its own would only be written twice.
    certificate = models.ForeignKey(
        Certificate,
        on_delete=models.PROTECT,
        related_name="notices",
        db_index=False,
        verbose_name=_("certificado"),
    )
    deadline_on = models.DateField(_("plazo"))
    mark = models.SmallIntegerField(_("marca (días antes)"))
    audience = models.CharField(_("a quién"), max_length=12, choices=Audience.choices)
    channel = models.CharField(_("medio"), max_length=8)
    state = models.CharField(_("estado"), max_length=8, choices=NoticeState.choices, default=NoticeState.WAITING)
    crossed_on = models.DateField(_("alcanzada el"))
    created_at = models.DateTimeField(auto_now_add=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("aviso")
        verbose_name_plural = _("avisos")
        ordering = ("-created_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["certificate", "deadline_on", "mark", "audience", "channel"], name="one_notice_per_mark"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(state="waiting"), name="notice_waiting"),
            models.Index(fields=["-created_at", "-id"], name="notice_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.mark}"


class Detour(models.TextChoices):
    """Why somebody reads a line that is not about a company of their own."""

    NONE = "", _("Directo")
    UNASSIGNED = "unassigned", _("La empresa no tiene responsable")
    INACTIVE = "inactive", _("La persona responsable ya no está activa")
    NO_ADDRESS = "no_address", _("La persona responsable no tiene correo")
    UNDELIVERED = "undelivered", _("El correo de la persona responsable no lo recibió")
    AWAY = "away", _("Suple a la persona responsable")
    UNCOVERED = "uncovered", _("Nadie suple a la persona responsable")
    ESCALATED = "escalated", _("La persona responsable es de su equipo")
    NO_LEAD = "no_lead", _("La persona responsable no tiene líder")
    LATE = "late", _("Nadie lo ha resuelto")
    CLIENT_UNREACHED = "client", _("El cliente no tiene un correo que funcione")


class DeliveryLine(models.Model):
    """One message tells one line of the ledger; several partners may be told the same line, each in their own."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="lines", db_index=False)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="lines")
    detour = models.CharField(_("desvío"), max_length=12, choices=Detour.choices, blank=True)

    class Meta:
        verbose_name = _("renglón de correo")
        verbose_name_plural = _("renglones de correo")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["delivery", "notice"], name="one_line_per_notice_and_message"),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id}: {self.notice_id}"


class SweepRunQuerySet(models.QuerySet["SweepRun"]):
    """Named questions about rounds."""

    def finished(self) -> SweepRunQuerySet:
        """Those that came to their end, newest first."""
        return self.filter(finished_at__isnull=False).order_by("-started_at")


class SweepRun(models.Model):
    """One round of the daily sweep, and what it found: the proof that somebody looked."""

    started_at = models.DateTimeField(_("empezó"))
    finished_at = models.DateTimeField(_("terminó"), null=True)
    evaluated = models.PositiveIntegerField(_("revisados"), default=0)
    due = models.PositiveIntegerField(_("por avisar"), default=0)
    absorbed = models.PositiveIntegerField(_("incluidos en otro"), default=0)
    new_notices = models.PositiveIntegerField(_("avisos nuevos"), default=0)
    new_renewals = models.PositiveIntegerField(_("renovaciones nuevas"), default=0)
    made = models.PositiveIntegerField(_("correos hechos"), default=0)
    #: Since the round before this one: sending is not the round's work, but its proof belongs here.
    sent = models.PositiveIntegerField(_("correos enviados"), default=0)
    undelivered = models.PositiveIntegerField(_("correos que no salieron"), default=0)
    failed = models.PositiveIntegerField(_("con error"), default=0)
    #: When the address that watches over the firm's programs was told; NULL where there is none, or it did not answer.
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    #: Why, for the first hundred: ``{"certificate": id, "error": name of the exception}``.
    failures = models.JSONField(default=list, blank=True)

    objects = SweepRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("revisión diaria")
        verbose_name_plural = _("revisiones diarias")
        ordering = ("-started_at",)
        indexes = [models.Index(fields=["-started_at"], name="sweep_recent")]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.started_at):%Y-%m-%d %H:%M}"
