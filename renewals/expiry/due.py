"""Which certificates have reached a mark, which of them must stay silent, and when is each to be looked at again?"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q

from renewals.expiry.windows import Crossing, crossed, next_mark_on
from renewals.models import Certificate, PairState
from renewals.models.certificate import Kind


class Watched(NamedTuple):
    """What the next decision needs of one certificate that has reached a mark."""

    pk: int
    company_id: int
    kind: str
    expires_on: date
    not_before: datetime
    not_after: datetime

    @property
    def validity_days(self) -> int:
        """Whole days between the two dates of the file."""
        return (self.not_after - self.not_before).days


class Decision(NamedTuple):
    """What is to be told of one certificate, and when to look again: ``None`` when nobody need."""

    watched: Watched
    crossing: Crossing | None
    look_again_on: date | None


def due_ids(*, today: date) -> list[int]:
    """Every certificate whose next mark has been reached, in order of primary key.

    The index on the next mark alone answers this, so it costs what is due and not what is stored. Sorting happens
    here: asked to sort by primary key, a planner may well walk the whole table in that order.
    """
    return sorted(Certificate.objects.past_a_mark(today=today).order_by().values_list("pk", flat=True))


def watched(ids: Collection[int], *, today: date) -> list[Watched]:
    """Those of ``ids`` that are still due, in order of primary key; plain values, since they come by the thousand."""
    rows = Certificate.objects.past_a_mark(today=today).filter(pk__in=ids).order_by("pk")
    return [Watched(*row) for row in rows.values_list(*Watched._fields)]


def silent_ids(ids: Iterable[int]) -> set[int]:
    """Those of ``ids`` that nobody need be told about any more."""
    return set(Certificate.objects.filter(_needs_nobody(), pk__in=list(ids)).order_by().values_list("pk", flat=True))


def decide(one: Watched, *, is_silent: bool, already_told: int | None, today: date) -> Decision:
    """What one certificate asks for today."""
    if is_silent:
        return Decision(one, None, None)
    validity_days = one.validity_days
    return Decision(
        watched=one,
        crossing=crossed(
            expires_on=one.expires_on,
            today=today,
            kind=one.kind,
            validity_days=validity_days,
            already_told=already_told,
        ),
        look_again_on=next_mark_on(expires_on=one.expires_on, today=today, kind=one.kind, validity_days=validity_days),
    )


def _needs_nobody() -> Q:
    """Retired, of a company we no longer look after, or in the shadow of a proved primary one that lasts longer.

    Whoever replaces a certificate retires it. A successor whose key was not proved, or that was not made the primary
    one, silences nothing: the firm could not work with it, and a renewal that is stuck half way must not go quiet.
    """
    proved_primary = Certificate.objects.filter(
        company=OuterRef("company"),
        kind=OuterRef("kind"),
        scope=OuterRef("scope"),
        is_primary=True,
        pair_state=PairState.IN_CUSTODY,
        expires_on__gt=OuterRef("expires_on"),
    ).exclude(kind=Kind.UNKNOWN)
    return (
        Q(retired_at__isnull=False) | Q(company__closed_at__isnull=False) | Q(Exists(proved_primary), is_primary=False)
    )
