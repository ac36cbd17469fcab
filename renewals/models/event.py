"""What happened, who did it, to what? Guarded: only ``audit`` and the read-only admin import this module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
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
