"""Who reads deadlines in a calendar program, through which link, and what does it show them?

Calendar programs cannot sign in: whoever has the link reads. So it is shown once, its hash alone is kept, it shows what
its person may see at that moment and no more, and it ends with the person's access, or when somebody revokes it.
"""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from renewals import audit
from renewals.access import Right, require, require_recent_confirmation
from renewals.errors import AlreadyMoved, NotVisible
from renewals.expiry.due import silent_ids
from renewals.models import Certificate, Company, Detour, Feed, Person
from renewals.models.certificate import CertificateQuerySet
from renewals.notices.feed_file import Entry, calendar_file
from renewals.notices.lines import Line
from renewals.notices.recipients import directory
from renewals.notices.words import Words
from renewals.wording.feeds import REASONS, say_calendar, say_details, say_entry
from renewals.wording.notices import IF_IGNORED, say_full_day

#: Random bytes in a link; guessing one takes longer than anybody has.
TOKEN_BYTES = 32
#: Programs look every few minutes; when they last did is noted once an hour.
NOTED_EVERY = timedelta(hours=1)
#: So many deadlines in one calendar, the first ones; nobody reads a fuller one.
MOST = 500
#: What nobody has renewed for so long is no deadline any more.
SHOWN_SINCE = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Links:
    """The live links that a person may end: their own, and for a partner everybody else's."""

    mine: tuple[Feed, ...]
    others: tuple[Feed, ...]

    @property
    def has_own(self) -> bool:
        """Whether one of theirs is to all that they answer for."""
        return any(one.company_id is None for one in self.mine)


def links_for(person: Person) -> Links:
    """Which links there are, for a page that ends them."""
    rows = Feed.objects.live().revocable_by(person).select_related("person", "company")
    found = list(rows.order_by("person__first_name", "person_id", "pk"))
    return Links(
        mine=tuple(one for one in found if one.person_id == person.pk),
        others=tuple(one for one in found if one.person_id != person.pk),
    )


def make_feed(*, company: Company | None, by: Person, confirmed_at: datetime | None, now: datetime) -> str:
    """A new link for oneself, to all that one answers for or to one company; the one before it ends. Shown once.

    A link outlives the session in which it was made, so it asks for a password typed within the last minutes.

    Raises:
        ConfirmationNeeded: the person has not typed their password lately.
        NotPermitted: they have no access.
        AlreadyMoved: they made another one in the same moment.
    """
    require(by, Right.SEE)
    require_recent_confirmation(confirmed_at=confirmed_at, now=now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    try:
        with transaction.atomic():
            Feed.objects.live().filter(person=by, company=company).update(revoked_at=now)
            row = Feed.objects.create(person=by, company=company, token_sha256=_sha256(token))
            audit.record("feed.made", by=by, subject=row, company=company)
    except IntegrityError:
        raise AlreadyMoved from None
    return token


def revoke_feed(*, feed: Feed, by: Person, now: datetime) -> None:
    """End a link at once: one's own, or as a partner anybody's (``access.feed_for`` says which).

    Raises:
        AlreadyMoved: it had ended.
    """
    with transaction.atomic():
        if not Feed.objects.live().filter(pk=feed.pk).update(revoked_at=now):
            raise AlreadyMoved
        audit.record("feed.revoked", by=by, subject=feed, company=feed.company_id, person=feed.person_id)


def read_feed(*, token: str, now: datetime) -> bytes:
    """The calendar behind a link, as its person may see it now.

    Raises:
        NotVisible: no such link, or it ended, or its person has no access any more or may not know of its company.
    """
    feed = Feed.objects.live().filter(token_sha256=_sha256(token)).select_related("person", "company").first()
    if feed is None or not feed.person.is_active:
        raise NotVisible
    if feed.company is not None and not Company.objects.visible_to(feed.person).filter(pk=feed.company.pk).exists():
        raise NotVisible
    today = timezone.localdate(now)
    content = calendar_file(name=_name(feed), entries=_entries(feed, today=today), now=now)
    unread = Q(read_at=None) | Q(read_at__lt=now - NOTED_EVERY)
    Feed.objects.filter(unread, pk=feed.pk).update(read_at=now)
    return content


def _name(feed: Feed) -> str:
    return say_calendar(company=feed.company.name if feed.company else "")


def _entries(feed: Feed, *, today: date) -> list[Entry]:
    rows = {row.pk: row for row in _shown(feed, today=today)}
    # What to do, and who, in the words of the mails.
    lines = {line.certificate_id: line for line in Words(today).lines(dict.fromkeys(rows, Detour.NONE))}
    return [_entry(row, lines[pk], today=today) for pk, row in rows.items() if pk in lines]


def _entry(row: Certificate, line: Line, *, today: date) -> Entry:
    ignored = str(IF_IGNORED.get(row.kind, "")) if row.expires_on >= today else ""
    return Entry(
        about=f"certificate:{row.sha256}",
        on=row.deadline_on,
        title=say_entry(kind=line.kind, scope=line.scope, company=line.company),
        description=say_details(
            ends=say_full_day(row.expires_on),
            reasons=[str(REASONS[row.deadline_reason]), ignored],
            action=line.action,
            who=line.who,
            url=line.url,
        ),
        url=line.url,
    )


def _shown(feed: Feed, *, today: date) -> list[Certificate]:
    rows = Certificate.objects.visible_to(feed.person).current().filter(company__closed_at=None)
    rows = rows.filter(deadline_on__gte=today - SHOWN_SINCE)
    rows = rows.filter(company=feed.company) if feed.company else _answered_for(rows, feed.person, today=today)
    # As many more as stand beside a better one, which show nothing.
    found = list(
        rows.only("kind", "sha256", "expires_on", "deadline_on", "deadline_reason").order_by("deadline_on", "pk")[
            : 2 * MOST
        ]
    )
    silent = _silent([row.pk for row in found])
    return [row for row in found if row.pk not in silent][:MOST]


def _silent(ids: Collection[int]) -> set[int]:
    return set(silent_ids(list(ids))) if ids else set()


def _answered_for(rows: CertificateQuerySet, person: Person, *, today: date) -> CertificateQuerySet:
    """Those of the companies that the person answers for, and of those for whom they stand in today."""
    firm = directory(today=today)
    absent = {one.pk for one in firm.everybody.values() if firm.who_acts_for(one) == person}
    return rows.filter(company__responsible__in={person.pk, *absent})


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
