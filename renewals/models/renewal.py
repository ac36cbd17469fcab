"""Which renewals are under way, which step is each on, and what proves the steps that are done?"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from renewals.models.certificate import Certificate
from renewals.models.company import Company, RegistroPatronal, of_visible_companies
from renewals.models.people import Person

if TYPE_CHECKING:
    from datetime import date

    from django.contrib.auth.models import AnonymousUser

    from renewals.models.waiting import Incident


class RenewalState(models.TextChoices):
    """Where a renewal stands. ``QUEUED`` ones wait for a worker to lay out their steps."""

    QUEUED = "queued", _("En cola")
    OPEN = "open", _("En curso")
    DONE = "done", _("Terminada")
    CANCELLED = "cancelled", _("Cancelada")


class StepState(models.TextChoices):
    """Where a step stands."""

    PENDING = "pending", _("Pendiente")
    WORKING = "working", _("Revisando")
    WAITING = "waiting", _("En espera")
    FAILED = "failed", _("No pasó la revisión")
    DONE = "done", _("Hecho")
    NOT_APPLICABLE = "not_applicable", _("No aplica")


class RenewalQuerySet(models.QuerySet["Renewal"]):
    """Named questions about renewals."""

    def visible_to(self, person: Person | AnonymousUser) -> RenewalQuerySet:
        """Those of the companies this person may know of."""
        return of_visible_companies(self, person)

    def under_way(self) -> RenewalQuerySet:
        """Those not closed."""
        return self.filter(open=True)

    def acknowledged(self) -> RenewalQuerySet:
        """Those under way that a person began; what the round asked for by itself shows that nobody cares yet."""
        return self.under_way().exclude(begun_at=None)

    def closed(self) -> RenewalQuerySet:
        """Those finished or cancelled."""
        return self.filter(open=None)

    def of_assignee(self, person_id: int | None) -> RenewalQuerySet:
        """Those in this person's hands, or in nobody's."""
        return self.filter(assignee=person_id)

    def matching(self, text: str) -> RenewalQuerySet:
        """Those of the certificates that the text finds."""
        return self.filter(certificate__in=Certificate.objects.matching(text))

    def held_up(self) -> RenewalQuerySet:
        """Those under way whose step waits for somebody outside, or did not pass."""
        held = RenewalStep.objects.filter(state__in=[StepState.WAITING, StepState.FAILED])
        return self.under_way().filter(pk__in=held.values("renewal"))

    def waiting_outside(self, kind: str = "") -> RenewalQuerySet:
        """Those under way that wait for somebody outside: of one kind (``WaitKind``), or of any."""
        found = self.under_way().filter(waits__open=True)
        return found.filter(waits__kind=kind) if kind else found

    def to_check(self, *, today: date) -> RenewalQuerySet:
        """Those that wait, and whose day to ask again has come."""
        return self.under_way().filter(waits__open=True, waits__check_on__lte=today)

    def held_by(self, incident: Incident) -> RenewalQuerySet:
        """Those that wait until this portal is back."""
        return self.under_way().filter(waits__open=True, waits__incident=incident)

    def stuck(self, *, today: date) -> RenewalQuerySet:
        """Those whose step should be done by now, and that wait for nobody outside."""
        late = RenewalStep.objects.filter(due_on__lt=today, key=F("renewal__current_step"))
        late = late.exclude(state__in=[StepState.DONE, StepState.NOT_APPLICABLE])
        return self.under_way().filter(pk__in=late.values("renewal")).exclude(waits__open=True)

    def with_due_day(self) -> models.QuerySet[Renewal]:
        """With the day by which the current step should be done, in ``step_due_on``."""
        current = RenewalStep.objects.filter(renewal=OuterRef("pk"), key=OuterRef("current_step"))
        return self.annotate(step_due_on=Subquery(current.values("due_on")[:1]))

    def queued(self) -> RenewalQuerySet:
        """Those whose steps a worker has still to lay out."""
        return self.filter(state=RenewalState.QUEUED)

    def waiting_for_preflight(self, *, now: datetime) -> RenewalQuerySet:
        """Those whose old pair the vault worker has still to try, and that no live worker holds."""
        free = Q(preflight_lease_until=None) | Q(preflight_lease_until__lt=now)
        return self.filter(free, state=RenewalState.OPEN, preflight_at=None)


class Renewal(models.Model):
    """The replacement of one certificate, along the plan and edition it began with."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="renewals", verbose_name=_("empresa"))
    certificate = models.ForeignKey(
        Certificate, on_delete=models.PROTECT, related_name="renewals", verbose_name=_("certificado")
    )
    plan = models.CharField(max_length=20)
    edition = models.PositiveSmallIntegerField()
    state = models.CharField(_("estado"), max_length=10, choices=RenewalState.choices, default=RenewalState.QUEUED)
    #: True while queued or open, NULL afterwards: what the unique constraint stands on.
    open = models.BooleanField(null=True, default=True, editable=False)
    current_step = models.CharField(_("paso actual"), max_length=40, blank=True)
    assignee = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="renewals",
        verbose_name=_("a cargo de"),
    )
    registros_patronales = models.ManyToManyField(RegistroPatronal, related_name="renewals", blank=True)
    #: The key of step 4 that has no certificate yet.
    pending_key = models.OneToOneField(
        "renewals.StoredKey", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    new_certificate = models.OneToOneField(
        Certificate, on_delete=models.PROTECT, null=True, blank=True, related_name="born_in"
    )
    #: What the pre-flight found: point → its state, and the code and facts of what is wrong.
    preflight = models.JSONField(default=dict, blank=True)
    #: When the pre-flight was complete; NULL while the vault worker has still to try the old pair.
    preflight_at = models.DateTimeField(null=True, blank=True)
    preflight_lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(_("pedida el"), default=timezone.now)
    #: When a person asked for it, or first did something in it; NULL while only the round has asked.
    begun_at = models.DateTimeField(null=True, blank=True)
    #: What whoever handed it over wants the next person to know.
    handover_note = models.CharField(max_length=500, blank=True)
    handed_over_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(_("cerrada el"), null=True, blank=True)
    closing_reason = models.CharField(max_length=300, blank=True)

    objects = RenewalQuerySet.as_manager()

    class Meta:
        verbose_name = _("renovación")
        verbose_name_plural = _("renovaciones")
        ordering = ("-created_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["certificate"], condition=Q(open=True), name="one_open_renewal_per_certificate"
            ),
        ]
        indexes = [
            models.Index(fields=["open", "current_step"], name="renewal_open_step"),
            models.Index(fields=["-created_at", "-id"], name="renewal_recent"),
            models.Index(fields=["id"], condition=Q(state="queued"), name="renewal_queued"),
            models.Index(fields=["id"], condition=Q(state="open", preflight_at=None), name="renewal_preflight"),
        ]

    def __str__(self) -> str:
        return f"{_('Renovación')} {self.pk}"


class RenewalStepQuerySet(models.QuerySet["RenewalStep"]):
    """Named questions about steps."""

    def waiting_for_check(self, *, now: datetime) -> RenewalStepQuerySet:
        """Those a worker has to verify: handed in, of an open renewal, and not held by a live worker."""
        free = Q(lease_until=None) | Q(lease_until__lt=now)
        return self.filter(free, state=StepState.WORKING, renewal__open=True)

    def timers_passed(self, *, now: datetime) -> RenewalStepQuerySet:
        """Waiting steps of open renewals whose next look is due."""
        return self.filter(state=StepState.WAITING, check_at__lte=now, renewal__open=True)


class RenewalStep(models.Model):
    """One step of one renewal; addressed by its stable key, never by number."""

    renewal = models.ForeignKey(Renewal, on_delete=models.CASCADE, related_name="steps")
    key = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=16, choices=StepState.choices, default=StepState.PENDING)
    #: Raised whenever the step moves: a form that carries an older one is told that somebody was faster. To begin or
    #: to end a wait raises it not, because what a person is filling in at that moment stays good.
    version = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    check_at = models.DateTimeField(null=True)
    waiting_for = models.CharField(max_length=20, blank=True)
    #: What the person answered (never a secret): branch taken, mailbox typed, file name used.
    answers = models.JSONField(default=dict, blank=True)
    verdict_code = models.CharField(max_length=40, blank=True)
    verdict_facts = models.JSONField(default=dict, blank=True)
    started_at = models.DateTimeField(null=True)
    #: The day by which it should be done, counted in business days from its beginning; what is later is stuck.
    due_on = models.DateField(null=True)
    #: How often what was handed in did not pass, at the door or at the vault worker.
    refusals = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    objects = RenewalStepQuerySet.as_manager()

    class Meta:
        verbose_name = _("paso")
        verbose_name_plural = _("pasos")
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(fields=["renewal", "key"], name="one_row_per_step"),
        ]
        indexes = [
            models.Index(fields=["state"], condition=Q(state="working"), name="step_working"),
            models.Index(fields=["check_at"], condition=Q(state="waiting"), name="step_timer"),
            models.Index(fields=["state", "renewal"], name="step_state"),
            models.Index(fields=["due_on"], condition=~Q(state__in=["done", "not_applicable"]), name="step_due"),
        ]

    def __str__(self) -> str:
        return self.key


class Grade(models.TextChoices):
    """Strength of a proof (see ``docs/procedure.md``)."""

    CRYPTOGRAPHIC = "C", _("Verificada por la máquina")
    FILE = "F", _("Archivo guardado")
    TIME = "T", _("Tiempo o hecho del sistema")
    WORD = "A", _("Palabra de una persona")


class Evidence(models.Model):
    """One thing that supports a step: a fact proved, a file kept, a moment, or a person's word."""

    step = models.ForeignKey(RenewalStep, on_delete=models.CASCADE, related_name="evidence")
    grade = models.CharField(max_length=1, choices=Grade.choices)
    what = models.CharField(max_length=40)
    facts = models.JSONField(default=dict, blank=True)
    file = models.FileField(max_length=200, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    file_size = models.PositiveIntegerField(null=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    #: The way out of trouble in which it was collected, where it was not the step itself.
    playbook = models.ForeignKey(
        "renewals.PlaybookRun", on_delete=models.PROTECT, null=True, blank=True, related_name="evidence"
    )
    #: When the step was sent back: kept and shown, and proves nothing any more.
    superseded_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("evidencia")
        verbose_name_plural = _("evidencias")
        ordering = ("id",)

    def __str__(self) -> str:
        return self.what
