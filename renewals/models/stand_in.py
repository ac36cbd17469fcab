"""Who answers in somebody's place, from when to when?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from renewals.models.people import Person

#: Who stands in may be away too and passes on, twice at most: so many steps lead from a person to who acts for them.
MOST_STEPS = 3


class StandInQuerySet(models.QuerySet["StandIn"]):
    """Named questions about stand-ins."""

    def on(self, day: date) -> StandInQuerySet:
        """Those in force on this day, the newest first: where two were named, the last word counts."""
        return self.filter(ended_at=None, from_on__lte=day, until_on__gte=day).order_by("-pk")

    def not_over(self, *, today: date) -> StandInQuerySet:
        """Those that are in force, or will be, and that nobody ended."""
        return self.filter(ended_at=None, until_on__gte=today)

    def of_person(self, person: Person) -> StandInQuerySet:
        """Those that are about this person's absence."""
        return self.filter(person=person)

    def of_stand_in(self, person: Person) -> StandInQuerySet:
        """Those in which this person stands in."""
        return self.filter(stand_in=person)

    def by_day(self) -> StandInQuerySet:
        """The next first, with both people."""
        return self.select_related("person", "stand_in").order_by("from_on", "pk")

    def between(self, first: date, last: date) -> StandInQuerySet:
        """Those of which a day lies between these two days, both included, and that nobody ended."""
        return self.filter(ended_at=None, from_on__lte=last, until_on__gte=first).order_by("from_on", "pk")

    def by_person(self, day: date) -> dict[int, int]:
        """Who is away on this day → who stands in for them, both by id."""
        return dict(self.on(day).order_by("pk").values_list("person_id", "stand_in_id"))

    def covered_by(self, person: Person, *, day: date) -> set[int]:
        """Ids of those for whom this person acts on this day: themselves named, or because who was named is away."""
        standing_in = self.by_person(day)
        return {away for away in standing_in if person.pk in chain(away, standing_in)} - {person.pk}


def chain(person_id: int, standing_in: Mapping[int, int]) -> list[int]:
    """Who stands in for a person, then for that one if they are away too, and so on; without the person, by id."""
    found: list[int] = []
    while person_id in standing_in and len(found) < MOST_STEPS:
        person_id = standing_in[person_id]
        found.append(person_id)
    return found


class StandIn(models.Model):
    """While somebody is away, another person gets their notices and sees their companies."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="stood_in_by", verbose_name=_("persona"))
    stand_in = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="stands_in_for", verbose_name=_("suplente")
    )
    from_on = models.DateField(_("desde"))
    #: The last day, included.
    until_on = models.DateField(_("hasta"))
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("lo nombró"))
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(_("terminó antes"), null=True, blank=True)
    ended_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = StandInQuerySet.as_manager()

    class Meta:
        verbose_name = _("ausencia")
        verbose_name_plural = _("ausencias")
        ordering = ("-from_on", "-id")
        constraints = [
            models.CheckConstraint(condition=~Q(person=F("stand_in")), name="nobody_stands_in_for_themselves"),
            models.CheckConstraint(condition=Q(until_on__gte=F("from_on")), name="stand_in_ends_after_it_begins"),
        ]
        indexes = [models.Index(fields=["stand_in", "until_on"], name="stand_in_until")]

    def __str__(self) -> str:
        return f"{self.person_id} ← {self.stand_in_id}"
