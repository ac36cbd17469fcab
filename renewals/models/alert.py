"""What unusual use of keys did the vault worker notice, and who was told?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from renewals.models.company import Company
from renewals.models.people import Person

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


#: When the first times of a day are told, by the firm's own clock.
MORNING = 7


class AlertKind(models.TextChoices):
    """What was unusual."""

    NIGHT = "night", _("De noche o en día inhábil")
    BURST = "burst", _("Muchas en poco tiempo")
    FIRST_TIME = "first_time", _("Primera vez con esta empresa")
    LIMIT = "limit", _("Llegó a un límite")
    DESTRUCTION = "destruction", _("Se va a destruir")
    SIGNATURE = "signature", _("Firma de un documento")


class AlertQuerySet(models.QuerySet["Alert"]):
    """Named questions about alerts."""

    def visible_to(self, person: Person | AnonymousUser) -> AlertQuerySet:
        """All, for partners and auditors: an alert is about a colleague."""
        if not isinstance(person, Person) or not person.is_active or not person.sees_everything:
            return self.none()
        return self

    def untold(self) -> AlertQuerySet:
        """Those that no message tells yet."""
        return self.filter(told_at=None)

    def unmailed(self, *, since: datetime) -> AlertQuerySet:
        """Those after a moment that the vault worker itself has not mailed."""
        return self.filter(mailed_at=None, at__gt=since)

    def ripe(self, *, now: datetime) -> AlertQuerySet:
        """Those that may be told by now: a first time waits for the next morning, to be told with the day's others."""
        return self.exclude(kind=AlertKind.FIRST_TIME, at__gte=_last_morning(now))

    def raised(self, *, kind: AlertKind, person: Person, since: datetime) -> AlertQuerySet:
        """Those of one kind about one person after a moment."""
        return self.filter(kind=kind, person=person, at__gt=since)


class Alert(models.Model):
    """Written by the vault worker alone; ``notices`` tells the partners, and the vault worker where it has mail."""

    at = models.DateTimeField(_("cuándo"))
    kind = models.CharField(_("qué"), max_length=12, choices=AlertKind.choices)
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("quién")
    )
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("empresa")
    )
    facts = models.JSONField(default=dict, blank=True)
    #: When ``notices`` wrote the partners' messages, and when the vault worker sent its own.
    told_at = models.DateTimeField(_("avisado el"), null=True, blank=True)
    mailed_at = models.DateTimeField(_("mandado por la bóveda el"), null=True, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("alerta")
        verbose_name_plural = _("alertas")
        ordering = ("-at", "-id")
        indexes = [
            models.Index(fields=["at"], condition=Q(told_at=None), name="alert_untold"),
            models.Index(fields=["at"], condition=Q(mailed_at=None), name="alert_unmailed"),
            models.Index(fields=["person", "kind", "at"], name="alert_about"),
        ]

    def __str__(self) -> str:
        return f"{AlertKind(self.kind).label} · {self.at:%Y-%m-%d %H:%M}"


def _last_morning(now: datetime) -> datetime:
    local = timezone.localtime(now)
    morning = local.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    return morning if morning <= local else morning - timedelta(days=1)
