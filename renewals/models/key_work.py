"""Which long works on keys were asked for, how far has each come, and what did it prove at its end?"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from renewals.models.approval import Approval, ApprovalState
from renewals.models.company import Company, of_visible_companies
from renewals.models.people import Person

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class KeyWorkKind(models.TextChoices):
    """What the vault worker does to many keys."""

    ROTATE = "rotate", _("Cambiar la llave maestra")
    REKEY = "rekey", _("Cambiar la llave de datos de una empresa")
    RETIRE = "retire", _("Retirar una llave maestra")
    ERASE = "erase", _("Borrar las llaves de una empresa")


class KeyWorkState(models.TextChoices):
    """How far it is."""

    ASKED = "asked", _("En espera")
    WORKING = "working", _("En curso")
    DONE = "done", _("Terminado")
    FAILED = "failed", _("No se pudo")


class KeyWorkQuerySet(models.QuerySet["KeyWork"]):
    """Named questions about works on keys."""

    def visible_to(self, person: Person | AnonymousUser) -> KeyWorkQuerySet:
        """All, for partners and auditors: they show what is done to every company's keys."""
        everything = isinstance(person, Person) and person.is_active and person.sees_everything
        return self if everything else self.none()

    def under_way(self, *, kind: KeyWorkKind, company: Company | None = None) -> KeyWorkQuerySet:
        """The one of this kind, or of this company, that has not ended, if there is one."""
        return self.filter(kind=kind, company=company, open=True)

    def waiting(self, *, now: datetime) -> KeyWorkQuerySet:
        """New ones, those whose worker let go of them, and those whose worker died."""
        left = Q(lease=None) | Q(lease_until__lt=now)
        return self.filter(Q(state=KeyWorkState.ASKED) | Q(state=KeyWorkState.WORKING) & left, open=True)


class KeyWork(models.Model):
    """One work of the vault worker over many rows; the row is the job, and it can be killed at any moment."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("trabajo"), max_length=10, choices=KeyWorkKind.choices)
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, null=True, blank=True, related_name="key_works", verbose_name=_("empresa")
    )
    #: The master key or data key that is being left, by id; for a rotation the one it goes to as well.
    from_key = models.CharField(max_length=40, blank=True)
    to_key = models.CharField(max_length=40, blank=True)
    approval = models.OneToOneField(Approval, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(_("estado"), max_length=10, choices=KeyWorkState.choices, default=KeyWorkState.ASKED)
    #: True until done or failed, NULL afterwards: what the unique constraints stand on.
    open = models.BooleanField(null=True, default=True, editable=False)
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    total = models.PositiveIntegerField(_("total"), default=0)
    done = models.PositiveIntegerField(_("hechos"), default=0)
    failure_code = models.CharField(max_length=40, blank=True)
    failure_facts = models.JSONField(default=dict, blank=True)
    #: What was counted and opened at the end, to show that nothing is left.
    proof = models.JSONField(default=dict, blank=True)
    asked_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("lo pidió")
    )
    asked_at = models.DateTimeField(_("pedido el"))
    finished_at = models.DateTimeField(_("terminado el"), null=True, blank=True)

    objects = KeyWorkQuerySet.as_manager()

    class Meta:
        verbose_name = _("trabajo de llaves")
        verbose_name_plural = _("trabajos de llaves")
        ordering = ("-asked_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=Q(open=True, kind__in=["rotate", "retire"]), name="one_rotation_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["company"], condition=Q(open=True, company__isnull=False), name="one_key_work_per_company"
            ),
        ]
        indexes = [models.Index(fields=["asked_at"], condition=Q(open=True), name="key_work_open")]

    def __str__(self) -> str:
        return f"{KeyWorkKind(self.kind).label} · {self.asked_at:%Y-%m-%d %H:%M}"

    @property
    def waits_for_somebody(self) -> bool:
        """Whether nothing happens before a second person has said yes or no."""
        return self.approval is not None and self.approval.state == ApprovalState.ASKED

    def due_at(self) -> datetime | None:
        """When the vault worker does what it has announced; None before it has, and for what needs no announcement."""
        return Announcement.objects.filter(pk=self.pk).values_list("due_at", flat=True).first()


class Announcement(models.Model):
    """The vault worker's own word on a work, which no other process can write.

    For what cannot be undone: that everybody was told, and from when on it may be done. For what a shell on the vault's
    machine asked: that it was really asked there.
    """

    work = models.OneToOneField(KeyWork, on_delete=models.PROTECT, primary_key=True, related_name="announcement")
    at = models.DateTimeField()
    due_at = models.DateTimeField()

    class Meta:
        verbose_name = _("anuncio")
        verbose_name_plural = _("anuncios")

    def __str__(self) -> str:
        return f"{self.work_id} · {self.due_at:%Y-%m-%d %H:%M}"


class DestructionQuerySet(models.QuerySet["Destruction"]):
    """Named questions about destructions."""

    def visible_to(self, person: Person | AnonymousUser) -> DestructionQuerySet:
        """Those of the companies this person may know of."""
        return of_visible_companies(self, person)


class Destruction(models.Model):
    """The signed record that a company's data keys were destroyed: a tombstone that a restore replays."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="destructions", verbose_name=_("empresa")
    )
    #: Ids of the data keys that are no more.
    key_ids = models.JSONField()
    #: The canonical bytes that were signed, the signature over them, and the audit key that made it.
    statement = models.BinaryField()
    signature = models.BinaryField()
    #: The same said for people, as PDF, and the detached signature over its bytes.
    certificate = models.BinaryField()
    certificate_signature = models.BinaryField()
    audit_key_id = models.CharField(max_length=16)
    #: The day on which the last copy of the keys in a key archive is gone.
    last_copy_lapses_on = models.DateField(_("la última copia deja de existir el"))
    destroyed_at = models.DateTimeField(_("destruidas el"))

    objects = DestructionQuerySet.as_manager()

    class Meta:
        verbose_name = _("constancia de destrucción")
        verbose_name_plural = _("constancias de destrucción")
        ordering = ("-destroyed_at",)

    def __str__(self) -> str:
        return str(self.id)
