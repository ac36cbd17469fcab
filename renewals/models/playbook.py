"""Which ways out of trouble were taken in a renewal, how far, and how did they end?"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from renewals.models.people import Person
from renewals.models.renewal import Renewal


class PlaybookState(models.TextChoices):
    """Where a playbook stands."""

    OPEN = "open", _("En curso")
    SOLVED = "solved", _("Resuelto")
    LEFT = "left", _("Se dejó")


class PlaybookRun(models.Model):
    """One walk along a playbook, from one step of a renewal; its evidence names it."""

    renewal = models.ForeignKey(Renewal, on_delete=models.CASCADE, related_name="playbook_runs")
    step_key = models.CharField(max_length=40)
    #: Which playbook, by its stable key.
    key = models.CharField(max_length=40)
    #: Where in it the person is, by stable key.
    stage = models.CharField(max_length=40)
    #: Raised by every change: a form that carries an older one is told that somebody was faster.
    version = models.PositiveIntegerField(default=0)
    #: What the person answered (never a secret), by stage.
    answers = models.JSONField(default=dict, blank=True)
    state = models.CharField(_("estado"), max_length=8, choices=PlaybookState.choices, default=PlaybookState.OPEN)
    #: True while it is under way, NULL afterwards: what the unique constraint stands on.
    open = models.BooleanField(null=True, default=True, editable=False)
    begun_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()
    ended_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("salida de un problema")
        verbose_name_plural = _("salidas de problemas")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["renewal"], condition=Q(open=True), name="one_open_playbook_per_renewal"),
        ]

    def __str__(self) -> str:
        return self.key
