"""What happened, who did it, to what? Guarded: only ``audit`` and the read-only admin import this module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from renewals.models.company import Company
from renewals.models.people import Person
from renewals.wording.events import say_event

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class EventQuerySet(models.QuerySet["Event"]):
    """Named questions about the history."""

    def visible_to(self, person: Person | AnonymousUser) -> EventQuerySet:
        """What happened to the companies this person may know of, and what they did themselves."""
        if not isinstance(person, Person) or not person.is_active:
            return self.none()
        if person.sees_everything:
            return self
        return self.filter(Q(company__in=Company.objects.visible_to(person)) | Q(person=person))


class Event(models.Model):
    """One thing that happened; written once, in the transaction of what it tells, and never changed."""

    at = models.DateTimeField(_("cuándo"))
    name = models.CharField(_("qué"), max_length=60)
    #: The person, or NULL where the machine acted: ``actor`` then names the part that did.
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("quién"))
    actor = models.CharField(_("actuó"), max_length=150)
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("empresa")
    )
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=40)
    facts = models.JSONField(_("datos"), default=dict)
    #: What is chained: everything above as bytes that mean the same on every database; empty before chains were kept.
    canonical = models.BinaryField(db_default=Value(b""))

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("hecho registrado")
        verbose_name_plural = _("hechos registrados")
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["company", "-id"], name="event_company"),
            models.Index(fields=["subject_type", "subject_id", "-id"], name="event_subject"),
            # For limits on what people do; the machine writes most of history, and pays nothing for this.
            models.Index(fields=["name", "at"], condition=Q(person__isnull=False), name="event_by_people"),
        ]

    def __str__(self) -> str:
        return say_event(self.name)


class EventSeal(models.Model):
    """One event's link in its chain: written once by the sealer, in commit order, and never changed.

    ``chain`` is the id of the company, or 0 for what belongs to none.
    """

    event = models.OneToOneField(Event, on_delete=models.PROTECT, primary_key=True, related_name="+")
    chain = models.BigIntegerField()
    position = models.BigIntegerField()
    #: SHA-256 over the link before it and the event's canonical bytes.
    link = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("eslabón del historial")
        constraints = [
            models.UniqueConstraint(fields=["chain", "position"], name="one_event_per_link"),
        ]

    def __str__(self) -> str:
        return f"{self.chain}/{self.position}"


class SignedHeads(models.Model):
    """The ends of all chains at one moment, chained to the heads before and signed by the vault worker."""

    at = models.DateTimeField()
    statement = models.BinaryField()
    signature = models.BinaryField()
    audit_key_id = models.CharField(max_length=16)

    class Meta:
        verbose_name = _("cabezas firmadas del historial")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
