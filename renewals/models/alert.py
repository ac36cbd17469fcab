"""What unusual use of keys did the vault worker notice, and who was told?"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from renewals.models.company import Company
from renewals.models.people import Person


class AlertKind(models.TextChoices):
    """What was unusual."""

    NIGHT = "night", _("De noche o en día inhábil")
    BURST = "burst", _("Muchas en poco tiempo")
    FIRST_TIME = "first_time", _("Primera vez con esta empresa")
    LIMIT = "limit", _("Llegó a un límite")


class AlertQuerySet(models.QuerySet["Alert"]):
    """Named questions about alerts."""

    def untold(self) -> AlertQuerySet:
        """Those that no message tells yet."""
        return self.filter(told_at=None)


class Alert(models.Model):
    """Written by the vault worker alone; ``notices`` sends it to the partners."""

    at = models.DateTimeField(_("cuándo"))
    kind = models.CharField(_("qué"), max_length=12, choices=AlertKind.choices)
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("quién")
    )
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("empresa")
    )
    facts = models.JSONField(default=dict, blank=True)
    told_at = models.DateTimeField(_("avisado el"), null=True, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("alerta")
        verbose_name_plural = _("alertas")
        ordering = ("-at", "-id")
        indexes = [models.Index(fields=["at"], condition=Q(told_at=None), name="alert_untold")]

    def __str__(self) -> str:
        return f"{AlertKind(self.kind).label} · {self.at:%Y-%m-%d %H:%M}"
