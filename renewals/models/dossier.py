"""What was handed to the file about a renewal that was closed: a signed paper and its figures?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from renewals.models.company import of_visible_companies
from renewals.models.people import Person
from renewals.models.renewal import Renewal

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class DossierQuerySet(models.QuerySet["Dossier"]):
    """Named questions about dossiers."""

    def visible_to(self, person: Person | AnonymousUser) -> DossierQuerySet:
        """Those of the companies this person may know of."""
        return of_visible_companies(self, person, through="renewal__company")


class Dossier(models.Model):
    """The paper of one closing of a renewal, signed by the firm's audit key; made once, by the vault worker.

    A renewal that was cancelled, reopened and closed again has one of each closing; none is ever rewritten.
    """

    renewal = models.ForeignKey(Renewal, on_delete=models.PROTECT, related_name="dossiers")
    #: Which closing it tells of: ``Renewal.closed_at`` as it was then.
    closed_at = models.DateTimeField(_("cerrada el"))
    pdf = models.FileField(max_length=200)
    pdf_sha256 = models.CharField(max_length=64)
    pdf_size = models.PositiveIntegerField()
    #: Detached Ed25519 signature over the octets of the PDF, and the id of the audit key that made it.
    signature = models.BinaryField(max_length=64)
    audit_key_id = models.CharField(max_length=16)
    #: Days before expiry at close, blocked days by cause, steps that passed at once.
    figures = models.JSONField(default=dict)
    made_at = models.DateTimeField(_("hecho el"))

    objects = DossierQuerySet.as_manager()

    class Meta:
        verbose_name = _("expediente")
        verbose_name_plural = _("expedientes")
        ordering = ("-closed_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=["renewal", "closed_at"], name="one_dossier_per_closing"),
        ]

    def __str__(self) -> str:
        return f"{_('Expediente')} {self.renewal_id}"
