"""Which certificates have reached a mark, which of them must stay silent, and when is each to be looked at again?"""

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q

from renewals.expiry.windows import Crossing, crossed, next_mark_on
from renewals.models import Certificate, PairState
from renewals.models.certificate import Kind


class Watched(NamedTuple):
    """One certificate that has reached a mark, with what the next decision needs of it."""

    certificate: Certificate
    is_silent: bool

    @property
    def validity_days(self) -> int:
        """Whole days between the two dates of the file."""
        return (self.certificate.not_after - self.certificate.not_before).days


class Decision(NamedTuple):
    """What is to be told of one certificate, and when to look again: ``None`` when nobody need."""

    certificate: Certificate
    crossing: Crossing | None
    look_again_on: date | None


def due_ids(*, today: date) -> list[int]:
    """Every certificate whose next mark has been reached, in order of primary key.

    The index on the next mark alone answers this, so it costs what is due and not what is stored. Sorting happens
    here: asked to sort by primary key, a planner may well walk the whole table in that order.
    """
    return sorted(Certificate.objects.past_a_mark(today=today).order_by().values_list("pk", flat=True))


def watched(ids: Collection[int], *, today: date) -> list[Watched]:
    """Those of ``ids`` that are still due, in order of primary key."""
    rows = (
        Certificate.objects.past_a_mark(today=today)
        .filter(pk__in=ids)
        .only("company_id", "kind", "scope", "expires_on", "not_before", "not_after", "retired_at")
        .order_by("pk")
    )
    silent = silent_ids(ids)
    return [Watched(row, row.pk in silent) for row in rows]


def silent_ids(ids: Iterable[int]) -> set[int]:
    """Those of ``ids`` that nobody need be told about any more."""
    return set(Certificate.objects.filter(_needs_nobody(), pk__in=list(ids)).order_by().values_list("pk", flat=True))


def decide(one: Watched, *, already_told: int | None, today: date) -> Decision:
    """What one certificate asks for today."""
    if one.is_silent:
        return Decision(one.certificate, None, None)
    row = one.certificate
    crossing = crossed(
        expires_on=row.expires_on,
        today=today,
        kind=row.kind,
        validity_days=one.validity_days,
        already_told=already_told,
    )
    again = next_mark_on(expires_on=row.expires_on, today=today, kind=row.kind, validity_days=one.validity_days)
    return Decision(row, crossing, again)


def _needs_nobody() -> Q:
    """Retired, of a company we no longer look after, or replaced by the primary one, whose key was proved.

    A successor silences nothing before its key was proved and it was made the primary one: until then the firm could
    not work with it, and a renewal that is stuck half way must not go quiet.
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
        Q(retired_at__isnull=False)
        | Q(company__closed_at__isnull=False)
        | Q(successor__pair_state=PairState.IN_CUSTODY, successor__is_primary=True)
        | Q(Exists(proved_primary), is_primary=False)
    )
