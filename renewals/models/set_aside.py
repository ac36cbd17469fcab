"""Which waiting rows failed every time somebody tried, and when may they be tried again?"""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _


class SetAsideQuerySet(models.QuerySet["SetAside"]):
    """Named questions about rows that were set aside."""

    def of_job(self, job: str) -> SetAsideQuerySet:
        """Those of one kind of work."""
        return self.filter(job=job)

    def resting(self, *, now: datetime) -> SetAsideQuerySet:
        """Those that are not to be tried yet."""
        return self.filter(not_before__gt=now)


class SetAside(models.Model):
    """One row of one kind of work that could not be done; it rests longer after every failure and never hogs a worker.

    ``error`` is the name of the exception and nothing of its text, which could quote what must not be kept.
    """

    job = models.CharField(_("trabajo"), max_length=40)
    row = models.CharField(_("renglón"), max_length=64)
    failures = models.PositiveSmallIntegerField(_("intentos fallidos"), default=1)
    error = models.CharField(_("error"), max_length=80)
    not_before = models.DateTimeField(_("se reintenta el"))
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SetAsideQuerySet.as_manager()

    class Meta:
        verbose_name = _("trabajo apartado")
        verbose_name_plural = _("trabajos apartados")
        ordering = ("not_before", "id")
        constraints = [
            models.UniqueConstraint(fields=["job", "row"], name="one_set_aside_per_row"),
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.row}"
