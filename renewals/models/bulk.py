"""What did somebody ask to be done to many rows at once, and how far has it come?"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from renewals.models.certificate import Certificate
from renewals.models.people import Person

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class BulkState(models.TextChoices):
    """Where a bulk job or one of its rows stands."""

    PENDING = "pending", _("En cola")
    WORKING = "working", _("Trabajando")
    DONE = "done", _("Hecho")
    REFUSED = "refused", _("No procede")


class BulkJobQuerySet(models.QuerySet["BulkJob"]):
    """Named questions about bulk jobs."""

    def visible_to(self, person: Person | AnonymousUser) -> BulkJobQuerySet:
        """One's own; partners and auditors see what everybody asked for."""
        if not isinstance(person, Person) or not person.is_active:
            return self.none()
        return self if person.sees_everything else self.filter(by=person)

    def waiting(self, *, now: datetime) -> BulkJobQuerySet:
        """Those to be worked: new ones, and those whose worker died."""
        return self.filter(Q(state=BulkState.PENDING) | Q(state=BulkState.WORKING, lease_until__lt=now))


class BulkJob(models.Model):
    """One bulk request; ``request_key`` comes from the form, so a second click finds the first job."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    action = models.CharField(_("acción"), max_length=30)
    request_key = models.CharField(max_length=64)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="bulk_jobs", verbose_name=_("pedido por"))
    state = models.CharField(_("estado"), max_length=8, choices=BulkState.choices, default=BulkState.PENDING)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(_("pedido el"), auto_now_add=True)
    finished_at = models.DateTimeField(_("terminado el"), null=True)

    objects = BulkJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("trabajo en lote")
        verbose_name_plural = _("trabajos en lote")
        ordering = ("-created_at",)
        constraints = [
            models.UniqueConstraint(fields=["by", "request_key"], name="one_bulk_job_per_request"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.created_at:%Y-%m-%d %H:%M}"


class BulkRow(models.Model):
    """One certificate of a bulk job, and what became of it."""

    job = models.ForeignKey(BulkJob, on_delete=models.CASCADE, related_name="rows")
    certificate = models.ForeignKey(Certificate, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=BulkState.choices, default=BulkState.PENDING)
    code = models.CharField(max_length=40, blank=True)
    facts = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("renglón de lote")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["job", "certificate"], name="one_row_per_certificate_and_job"),
        ]
        indexes = [
            models.Index(fields=["job"], condition=Q(state="pending"), name="bulk_row_pending"),
        ]

    def __str__(self) -> str:
        return f"{self.certificate_id}"
