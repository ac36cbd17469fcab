"""How many keys are opened for people, and is it unusual? Asked by the vault worker, of what it wrote down itself.

A key is opened *for a person* where a person is named as the actor of the opening: files that go out, and a document
that is signed. What the program opens for its own work (taking custody, pre-flight, checks of a step) leaves the vault
worker in no form; it is neither counted nor watched, so that a busy morning of the machine stops nobody, and nobody's
limit stops the machine.

Limits are counted in the history, which other processes can add to and never change: what they add can only make the
limit come sooner. Whether something was told before is asked of the alerts, which the vault worker alone writes, so
that nobody can make the first time look like the second. Two vault workers that count at the same moment may each let
one opening more through.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache

import holidays
from django.db import transaction
from django.utils import timezone

from renewals import dispatch
from renewals.audit import Actor, Openings, count_of, openings_for_people
from renewals.errors import Fact, FirmOpenedTooMany, FirmSignedTooMany, TooManyKeysOpened
from renewals.models import Alert, AlertKind, Person
from renewals.models.stored_key import StoredKey, StoredSecret

#: How many keys are opened for one person, and for all of them together, in so long a time. It stands beside the hourly
#: limit on requests for files (``custody.authorising``) and is for whoever stays below that all day long.
MOST_OF_PERSON, MOST_OF_FIRM, WINDOW = 120, 400, timedelta(hours=24)
#: How many documents are signed in so long a time for all people together. A busy day of renewals has a letter now and
#: then; each is an alert besides, because a signature binds a client to whatever stands above it.
MOST_SIGNATURES, SIGNATURES_WITHIN = 10, timedelta(hours=1)
#: Keys of so many companies for one person in so short a time are a burst.
BURST_COMPANIES, BURST_WINDOW = 5, timedelta(minutes=15)
#: Outside these hours, on a Saturday, a Sunday or a holiday nobody is expected at work.
OPENS_AT, CLOSES_AT = time(7), time(21)
SATURDAY = 5
#: The same alert about the same person is not raised again for so long; at night it is one for each company.
QUIET = {AlertKind.NIGHT: timedelta(hours=12), AlertKind.BURST: timedelta(hours=1), AlertKind.LIMIT: timedelta(hours=1)}
_HOURS = int(WINDOW.total_seconds()) // 3600


def unusual(rows: Sequence[StoredKey | StoredSecret], *, by: Actor, facts: Mapping[str, Fact]) -> list[Alert]:
    """The alerts that opening these rows now deserves, to be written together with the event of the opening.

    Raises:
        TooManyKeysOpened, FirmOpenedTooMany, FirmSignedTooMany: it would go over a limit; that is an alert itself, and
            is written.
    """
    if not isinstance(by, Person) or not rows:
        return []
    now = timezone.now()
    before = openings_for_people(of=by, since=now - WINDOW, lately=now - BURST_WINDOW)
    _require_below_limits(before, len(rows), by=by, now=now)
    is_signature = "signing" in facts
    if is_signature:
        _require_signed_seldom(by=by, now=now)
    company_ids = sorted({row.company_id for row in rows})
    told = {name: fact for name, fact in facts.items() if name in {"checkout", "signing"}} | {"keys": len(rows)}
    return [
        *(_signatures(by, company_ids, told, now) if is_signature else ()),
        *_at_night(by, company_ids, told, now),
        *_burst(by, before.companies_lately | set(company_ids), told, now),
        *_first_times(by, company_ids, told, now),
    ]


def write(alerts: Sequence[Alert]) -> None:
    """Write alerts in the transaction of what they are about, and wake whoever tells them."""
    if alerts:
        Alert.objects.bulk_create(alerts)
        # The default worker tells the partners; the vault worker mails, where it has an account.
        dispatch.wake("renewals.work_pending")
        dispatch.wake("renewals.vault.work_pending")


def tell_of_limit(*, person: Person, limit: int, minutes: int, of_firm: bool, of_signatures: bool = False) -> None:
    """Raise an alert that somebody reached a limit; one an hour and person is enough."""
    now = timezone.now()
    if _is_told(AlertKind.LIMIT, person, now):
        return
    facts = {"limit": limit, "minutes": minutes, "of_firm": of_firm}
    if of_signatures:
        facts["of_signatures"] = True
    with transaction.atomic():
        write([Alert(at=now, kind=AlertKind.LIMIT, person=person, facts=facts)])


def _require_below_limits(before: Openings, more: int, *, by: Person, now: datetime) -> None:
    minutes = int(WINDOW.total_seconds()) // 60
    if before.of_person + more > MOST_OF_PERSON:
        tell_of_limit(person=by, limit=MOST_OF_PERSON, minutes=minutes, of_firm=False)
        raise TooManyKeysOpened(limit=MOST_OF_PERSON, hours=_HOURS)
    if before.of_firm + more > MOST_OF_FIRM:
        tell_of_limit(person=by, limit=MOST_OF_FIRM, minutes=minutes, of_firm=True)
        raise FirmOpenedTooMany(limit=MOST_OF_FIRM, hours=_HOURS)


def _require_signed_seldom(*, by: Person, now: datetime) -> None:
    if count_of("key.opened", by=None, since=now - SIGNATURES_WITHIN, with_fact="signing") < MOST_SIGNATURES:
        return
    minutes = int(SIGNATURES_WITHIN.total_seconds()) // 60
    tell_of_limit(person=by, limit=MOST_SIGNATURES, minutes=minutes, of_firm=True, of_signatures=True)
    raise FirmSignedTooMany(limit=MOST_SIGNATURES, minutes=minutes)


def _signatures(by: Person, company_ids: Sequence[int], facts: Mapping[str, Fact], now: datetime) -> list[Alert]:
    return [
        Alert(at=now, kind=AlertKind.SIGNATURE, person=by, company_id=company_id, facts=dict(facts))
        for company_id in company_ids
    ]


def _at_night(by: Person, company_ids: Sequence[int], facts: Mapping[str, Fact], now: datetime) -> list[Alert]:
    if not is_odd_hour(now):
        return []
    told = Alert.objects.raised(kind=AlertKind.NIGHT, person=by, since=now - QUIET[AlertKind.NIGHT])
    known = set(told.values_list("company_id", flat=True))
    return [
        Alert(at=now, kind=AlertKind.NIGHT, person=by, company_id=company_id, facts=dict(facts))
        for company_id in company_ids
        if company_id not in known
    ]


def _burst(by: Person, lately: Collection[int], facts: Mapping[str, Fact], now: datetime) -> list[Alert]:
    if len(lately) < BURST_COMPANIES or _is_told(AlertKind.BURST, by, now):
        return []
    minutes = int(BURST_WINDOW.total_seconds()) // 60
    return [
        Alert(
            at=now,
            kind=AlertKind.BURST,
            person=by,
            facts={**facts, "companies": len(lately), "minutes": minutes},
        )
    ]


def _first_times(by: Person, company_ids: Sequence[int], facts: Mapping[str, Fact], now: datetime) -> list[Alert]:
    told = Alert.objects.filter(kind=AlertKind.FIRST_TIME, person=by, company__in=company_ids)
    known = set(told.values_list("company_id", flat=True))
    return [
        Alert(at=now, kind=AlertKind.FIRST_TIME, person=by, company_id=company_id, facts=dict(facts))
        for company_id in company_ids
        if company_id not in known
    ]


def _is_told(kind: AlertKind, person: Person, now: datetime) -> bool:
    return Alert.objects.raised(kind=kind, person=person, since=now - QUIET[kind]).exists()


def is_odd_hour(now: datetime) -> bool:
    """Whether nobody is expected at work at this moment, by the firm's own clock and Mexico's holidays."""
    local = timezone.localtime(now)
    if not OPENS_AT <= local.time() < CLOSES_AT:
        return True
    return local.weekday() >= SATURDAY or local.date() in _holidays(local.year)


@cache
def _holidays(year: int) -> frozenset[date]:
    # Federal Labour Law, article 74. ``expiry.calendar`` knows the same days, and the vault stands below it.
    return frozenset(holidays.country_holidays("MX", years=year))
