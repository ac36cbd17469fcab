"""Who answers in somebody's place, from when to when?"""

from __future__ import annotations

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

    def covered_by(self, person: Person, *, day: date) -> StandInQuerySet:
        """Those in force on this day that lead to this person, directly or because who stands in is away as well."""
        today = self.on(day).order_by()
        reached = today.filter(stand_in=person)
        for _step in range(MOST_STEPS - 1):
            reached = today.filter(Q(stand_in=person) | Q(stand_in__in=reached.values("person")))
        return reached


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
        verbose_name = _("suplencia")
        verbose_name_plural = _("suplencias")
        ordering = ("-from_on", "-id")
        constraints = [
            models.CheckConstraint(condition=~Q(person=F("stand_in")), name="nobody_stands_in_for_themselves"),
            models.CheckConstraint(condition=Q(until_on__gte=F("from_on")), name="stand_in_ends_after_it_begins"),
        ]
        indexes = [models.Index(fields=["stand_in", "until_on"], name="stand_in_until")]

    def __str__(self) -> str:
        return f"{self.person_id} ← {self.stand_in_id}"
