"""When is somebody to be reminded of a certificate, and which ones are quiet for a while, on whose word?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from renewals.models.certificate import Certificate, Kind
from renewals.models.company import Company, of_visible_companies
from renewals.models.people import Person

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


#: A waiver that is made after the deadline is looked at again within so many days.
WAIVED_AFTERWARDS: Final = timedelta(days=90)
ONE_DAY: Final = timedelta(days=1)


class ReminderMarks(models.Model):
    """The marks of one kind of certificate, for the whole firm (no company) or for one company."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, null=True, blank=True, related_name="reminder_marks")
    kind = models.CharField(_("tipo"), max_length=8, choices=Kind.choices)
    #: Days before the deadline, furthest first: ``[60, 30, 15, 7, 3, 1]``.
    marks = models.JSONField(_("días antes"))
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("lo decidió"))
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("marcas de aviso")
        verbose_name_plural = _("marcas de aviso")
        ordering = ("kind", "id")
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=Q(company=None), name="one_set_of_marks_per_kind"),
            models.UniqueConstraint(fields=["company", "kind"], name="one_set_of_marks_per_company_and_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.marks}"


class SilenceKind(models.TextChoices):
    """Why nobody is reminded for a while."""

    SNOOZE = "snooze", _("Pospuesto")
    WAIVER = "waiver", _("El cliente lo renueva por su cuenta")


class SilenceQuerySet(models.QuerySet["Silence"]):
    """Named questions about silences."""

    def visible_to(self, person: Person | AnonymousUser) -> SilenceQuerySet:
        """Those of the companies this person may know of."""
        return of_visible_companies(self, person, through="certificate__company")

    def not_ended(self) -> SilenceQuerySet:
        """Those that nobody took back; their day may have come."""
        return self.filter(ended_at=None)

    def in_force(self, day: date) -> SilenceQuerySet:
        """Those that keep a certificate quiet on this local day.

        Whatever a row says: a snooze ends the day before the deadline, which may have moved since; a waiver on it, or,
        where it was made after the deadline, within :data:`WAIVED_AFTERWARDS`.
        """
        afterwards = Q(
            after_deadline=True,
            created_at__date__gt=F("certificate__deadline_on"),
            created_at__date__gte=day - WAIVED_AFTERWARDS + ONE_DAY,
        )
        in_time = Q(kind=SilenceKind.SNOOZE, certificate__deadline_on__gt=day + ONE_DAY) | Q(
            Q(certificate__deadline_on__gt=day) | afterwards, kind=SilenceKind.WAIVER
        )
        return self.not_ended().filter(in_time, until_on__gt=day)

    def lapsed(self, day: date) -> SilenceQuerySet:
        """Those that nobody took back and that keep nothing quiet any more."""
        return self.not_ended().exclude(pk__in=self.in_force(day).values("pk"))


class Silence(models.Model):
    """Until a day, nobody is told about a certificate: somebody of the firm said why."""

    certificate = models.ForeignKey(
        Certificate, on_delete=models.PROTECT, related_name="silences", verbose_name=_("certificado")
    )
    kind = models.CharField(_("qué"), max_length=6, choices=SilenceKind.choices)
    reason = models.CharField(_("motivo"), max_length=300)
    #: The first day on which people are told again.
    until_on = models.DateField(_("se avisa otra vez el"))
    #: Whether the deadline had passed when this was said: one that moves back afterwards gives nobody more time.
    after_deadline = models.BooleanField(default=False)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("lo pidió"))
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(_("terminó"), null=True, blank=True)
    #: Nobody, where a new one took the place of one whose day had come.
    ended_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = SilenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("aviso en pausa")
        verbose_name_plural = _("avisos en pausa")
        ordering = ("-created_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["certificate"], condition=Q(ended_at=None), name="one_silence_per_certificate"
            ),
        ]
        indexes = [models.Index(fields=["until_on"], condition=Q(ended_at=None), name="silence_until")]

    def __str__(self) -> str:
        return f"{self.certificate_id}: {self.until_on:%Y-%m-%d}"

    @property
    def ends_on(self) -> date:
        """The day on which people are really told again, as :meth:`SilenceQuerySet.in_force` counts it."""
        deadline_on = self.certificate.deadline_on
        if self.kind == SilenceKind.SNOOZE:
            return min(self.until_on, deadline_on - ONE_DAY)
        made_on = timezone.localdate(self.created_at)
        is_late = self.after_deadline and made_on > deadline_on
        return min(self.until_on, made_on + WAIVED_AFTERWARDS if is_late else deadline_on)
