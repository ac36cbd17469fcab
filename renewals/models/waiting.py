"""Which renewals wait, for whom, why and until when; and which incidents of a portal make many of them wait?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from renewals.models.company import of_visible_companies
from renewals.models.people import Person
from renewals.models.renewal import Renewal

if TYPE_CHECKING:
    from datetime import date

    from django.contrib.auth.models import AnonymousUser


class Portal(models.TextChoices):
    """Whose pages a renewal is done on."""

    IDSE = "idse", _("IDSE (IMSS)")
    SAT = "sat", _("Portal del SAT")


class Incident(models.Model):
    """A portal does not work: written down once, it makes every renewal that needs the portal wait until it is over."""

    portal = models.CharField(_("portal"), max_length=8, choices=Portal.choices)
    what = models.CharField(_("qué pasa"), max_length=300)
    opened_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("lo reportó"))
    opened_at = models.DateTimeField(_("desde"))
    closed_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("lo cerró")
    )
    closed_at = models.DateTimeField(_("hasta"), null=True, blank=True)
    closing_note = models.CharField(_("cómo terminó"), max_length=300, blank=True)
    #: True until it is over, NULL afterwards: what the unique constraint stands on.
    open = models.BooleanField(null=True, default=True, editable=False)

    class Meta:
        verbose_name = _("incidente de portal")
        verbose_name_plural = _("incidentes de portal")
        ordering = ("-opened_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=["portal"], condition=Q(open=True), name="one_open_incident_per_portal"),
        ]

    def __str__(self) -> str:
        return f"{self.get_portal_display()}: {self.what}"


class WaitKind(models.TextChoices):
    """For whom or what a renewal waits; also the words of ``RenewalStep.waiting_for``."""

    CLIENT = "client", _("El cliente")
    PORTAL = "portal", _("El portal")
    APPOINTMENT = "appointment", _("Una cita")
    OTHER = "other", _("Otra cosa")


class WaitEnd(models.TextChoices):
    """Why a wait was over."""

    MOVED = "moved", _("El paso avanzó")
    ENDED = "ended", _("Alguien la dio por terminada")
    ANSWERED = "answered", _("El cliente contestó")
    PORTAL_BACK = "portal_back", _("El portal volvió")
    CLOSED = "closed", _("La renovación se cerró")


class WaitQuerySet(models.QuerySet["Wait"]):
    """Named questions about waits."""

    def visible_to(self, person: Person | AnonymousUser) -> WaitQuerySet:
        """Those of the companies this person may know of."""
        return of_visible_companies(self, person, through="renewal__company")

    def open(self) -> WaitQuerySet:
        """Those that are not over."""
        return self.filter(open=True)

    def to_check(self, *, today: date) -> WaitQuerySet:
        """Those whose day to ask again has come."""
        return self.open().filter(check_on__lte=today)


class Wait(models.Model):
    """One stretch of time in which a renewal could not go on; kept for ever, so that blocked time can be counted."""

    renewal = models.ForeignKey(Renewal, on_delete=models.CASCADE, related_name="waits", verbose_name=_("renovación"))
    step_key = models.CharField(max_length=40)
    kind = models.CharField(_("espera"), max_length=12, choices=WaitKind.choices)
    cause = models.CharField(_("motivo"), max_length=300)
    #: The day on which somebody asks again; NULL while an incident says when it is over.
    check_on = models.DateField(_("se revisa el"), null=True, blank=True)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, blank=True, related_name="waits")
    begun_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    begun_at = models.DateTimeField(_("desde"))
    ended_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(_("hasta"), null=True, blank=True)
    how_ended = models.CharField(_("cómo terminó"), max_length=12, choices=WaitEnd.choices, blank=True)
    #: True until it is over, NULL afterwards: what the unique constraint stands on.
    open = models.BooleanField(null=True, default=True, editable=False)

    objects = WaitQuerySet.as_manager()

    class Meta:
        verbose_name = _("espera")
        verbose_name_plural = _("esperas")
        ordering = ("-begun_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=["renewal"], condition=Q(open=True), name="one_open_wait_per_renewal"),
        ]
        indexes = [models.Index(fields=["check_on"], condition=Q(open=True), name="wait_to_check")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.cause}"
