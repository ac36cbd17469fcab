"""Which documents of a renewal shall be signed with a stored key, and what became of each?"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from renewals.models.approval import Approval
from renewals.models.certificate import Certificate
from renewals.models.renewal import Evidence, Renewal


class SigningState(models.TextChoices):
    """Where a document stands."""

    ASKED = "asked", _("Espera la firma")
    SIGNING = "signing", _("Firmando")
    SIGNED = "signed", _("Firmado")
    FAILED = "failed", _("No se pudo firmar")


class SigningQuerySet(models.QuerySet["Signing"]):
    """Named questions about documents to be signed."""

    def waiting(self, *, now: datetime) -> SigningQuerySet:
        """Those the vault worker has to sign: approved ones, and those whose worker died."""
        free = Q(state=SigningState.ASKED) | Q(state=SigningState.SIGNING, lease_until__lt=now)
        return self.filter(free, approval__state="approved", approval__expires_at__gt=now)

    def held_until(self, lease_until: datetime) -> SigningQuerySet:
        """Those a worker claimed until exactly this moment and still holds."""
        return self.filter(state=SigningState.SIGNING, lease_until=lease_until)


class Signing(models.Model):
    """One PDF of one step of one renewal, to be signed once with one certificate's key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    renewal = models.ForeignKey(Renewal, on_delete=models.PROTECT, related_name="signings")
    step_key = models.CharField(max_length=40)
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="signings")
    #: The PDF as it was handed in, and what came of it.
    document = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="+")
    signed = models.ForeignKey(Evidence, on_delete=models.PROTECT, null=True, related_name="+")
    #: The detached CMS of the document as it came (RFC 5652), made with the same key.
    cms = models.ForeignKey(Evidence, on_delete=models.PROTECT, null=True, related_name="+")
    approval = models.OneToOneField(Approval, on_delete=models.PROTECT, related_name="signing")
    state = models.CharField(_("estado"), max_length=8, choices=SigningState.choices, default=SigningState.ASKED)
    lease_until = models.DateTimeField(null=True)
    failure_code = models.CharField(max_length=40, blank=True)
    failure_facts = models.JSONField(default=dict, blank=True)
    signed_at = models.DateTimeField(null=True)

    objects = SigningQuerySet.as_manager()

    class Meta:
        verbose_name = _("firma de documento")
        verbose_name_plural = _("firmas de documentos")

    def __str__(self) -> str:
        return str(self.id)
