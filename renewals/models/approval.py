"""What was asked that one person alone may not do, and who else agreed?"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from renewals.models.company import Company
from renewals.models.people import Person

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class ApprovalKind(models.TextChoices):
    """What needs the word of two people."""

    ERASE_COMPANY = "erase_company", _("Borrar las llaves de una empresa")
    RETIRE_MASTER_KEY = "retire_master_key", _("Retirar una llave maestra")
    BULK_CHECKOUT = "bulk_checkout", _("Entregar archivos de varios certificados")
    SIGN_DOCUMENT = "sign_document", _("Firmar un documento con una llave resguardada")


class ApprovalState(models.TextChoices):
    """Where a request stands; an approved one is ``USED`` exactly once."""

    ASKED = "asked", _("Espera a otra persona")
    APPROVED = "approved", _("Aprobada")
    REFUSED = "refused", _("Rechazada")
    WITHDRAWN = "withdrawn", _("Retirada por quien la pidió")
    STOPPED = "stopped", _("Detenida")
    EXPIRED = "expired", _("Venció sin respuesta")
    USED = "used", _("Hecha")


class ApprovalQuerySet(models.QuerySet["Approval"]):
    """Named questions about requests that need two people."""

    def visible_to(self, person: Person | AnonymousUser) -> ApprovalQuerySet:
        """One's own, and those about the companies this person may know of; all for partners and auditors."""
        if not isinstance(person, Person) or not person.is_active:
            return self.none()
        if person.sees_everything:
            return self
        return self.filter(Q(asked_by=person) | Q(company__in=Company.objects.visible_to(person)))

    def of_kinds(self, kinds: Collection[str]) -> ApprovalQuerySet:
        """Those that ask for one of these."""
        return self.filter(kind__in=kinds)

    def asked_by_others(self, person: Person) -> ApprovalQuerySet:
        """Those that this person did not ask for."""
        return self.exclude(asked_by=person)

    def open(self, *, now: datetime) -> ApprovalQuerySet:
        """Those somebody else can still decide."""
        return self.filter(state=ApprovalState.ASKED, expires_at__gt=now)

    def usable_by(self, person: Person, *, now: datetime) -> ApprovalQuerySet:
        """Those that this person asked for, somebody approved, and nobody has used."""
        return self.filter(asked_by=person, state=ApprovalState.APPROVED, expires_at__gt=now)

    def lapsed(self, *, now: datetime) -> ApprovalQuerySet:
        """Those asked or approved whose time has passed."""
        return self.filter(state__in=[ApprovalState.ASKED, ApprovalState.APPROVED], expires_at__lte=now)


class Approval(models.Model):
    """A request of one person that another one decides. ``facts`` say exactly what, and are never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("qué se pide"), max_length=20, choices=ApprovalKind.choices)
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, null=True, blank=True, related_name="approvals", verbose_name=_("empresa")
    )
    facts = models.JSONField(default=dict, blank=True)
    reason = models.CharField(_("motivo"), max_length=300)
    state = models.CharField(_("estado"), max_length=10, choices=ApprovalState.choices, default=ApprovalState.ASKED)
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("la pidió"))
    asked_at = models.DateTimeField(_("pedida el"))
    expires_at = models.DateTimeField(_("vence el"))
    decided_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("la decidió")
    )
    decided_at = models.DateTimeField(_("decidida el"), null=True, blank=True)
    used_at = models.DateTimeField(_("hecha el"), null=True, blank=True)

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        verbose_name = _("aprobación")
        verbose_name_plural = _("aprobaciones")
        ordering = ("-asked_at",)
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")), name="nobody_approves_their_own"
            ),
        ]
        indexes = [models.Index(fields=["state", "expires_at"], name="approval_state")]

    def __str__(self) -> str:
        return f"{ApprovalKind(self.kind).label} · {self.asked_at:%Y-%m-%d %H:%M}"
