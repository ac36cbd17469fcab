"""Who reads deadlines in a calendar of their own, through which secret link?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from renewals.models.company import Company
from renewals.models.people import Person

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class FeedQuerySet(models.QuerySet["Feed"]):
    """Named questions about calendar links."""

    def live(self) -> FeedQuerySet:
        """Those that nobody revoked."""
        return self.filter(revoked_at=None)

    def of(self, person: Person) -> FeedQuerySet:
        """One person's."""
        return self.filter(person=person)

    def revocable_by(self, person: Person | AnonymousUser) -> FeedQuerySet:
        """Those the person may end: their own, and for a partner everybody's."""
        if not isinstance(person, Person) or not person.is_active:
            return self.none()
        return self if person.is_partner else self.filter(person=person)


class Feed(models.Model):
    """A link that shows one person's deadlines (or one company's of theirs) to a calendar program, until revoked."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="feeds", verbose_name=_("persona"))
    #: None: all that the person answers for.
    company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, blank=True, related_name="feeds")
    #: Of the secret in the link, which is shown once and kept nowhere.
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(_("creado el"), auto_now_add=True)
    read_at = models.DateTimeField(_("leído por última vez"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revocado el"), null=True, blank=True)

    objects = FeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendario")
        verbose_name_plural = _("calendarios")
        ordering = ("-created_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(company=None, revoked_at=None), name="one_live_feed_per_person"
            ),
            models.UniqueConstraint(
                fields=["person", "company"], condition=Q(revoked_at=None), name="one_live_feed_per_person_and_company"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.company_id or '*'}"
