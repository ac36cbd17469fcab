"""How does a person of the firm ask somebody at a client for something, and take the question back?

The link goes by mail to the reader alone and the code to the person who asks alone, to be told by telephone: neither
has both. What is asked is a row; a worker writes the mail.
"""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from renewals import audit, dispatch
from renewals.access import Right, company_for
from renewals.clients.companies import who_wrote_address
from renewals.clients.links import peppered, sha256_of, token_of
from renewals.clients.mandates import mandate_to_accept
from renewals.errors.asking import (
    AskedAlready,
    AskingDaysWrong,
    CertificateUnsaid,
    KeyKeptAlready,
    LetterWithoutRenewal,
    MailboxAskedAlone,
    NothingAsked,
    NothingToAccept,
    PassphraseWithoutFile,
    ReaderMissing,
    ReaderOfTheFirm,
    ReaderWrittenByOneself,
    RenewalMailboxMissing,
    RequestOver,
    TooManyAsked,
)
from renewals.models import (
    Certificate,
    ClientRequest,
    ClientRequestItem,
    Company,
    Contact,
    PairState,
    Person,
    Renewal,
    RequestState,
    Wanted,
)
from renewals.vault.candidates import candidates_of

#: What can be told by telephone: no letter or digit that looks or sounds much like another one.
ALPHABET: Final = "ACEFHJKMPQRTUWXY34679"
CODE_LENGTH: Final = 8
USUAL_DAYS: Final = 7
MOST_DAYS: Final = 30
#: So many open links to one company; nobody answers more, and nobody floods a client with mail.
MOST_OPEN: Final = 10
_LONGEST_NOTE: Final = 300
_PAIR: Final = frozenset({Wanted.KEY, Wanted.PASSPHRASE})
_WITHOUT_KEY = (PairState.NO_KEY, PairState.FAILED)


def ask(
    *,
    company: Company,
    contact: Contact | None,
    wanted: Collection[str],
    renewal: Renewal | None,
    certificate: Certificate | None,
    note: str,
    days: int,
    by: Person,
    now: datetime,
) -> tuple[ClientRequest, str]:
    """Ask a contact for things (``Wanted``), or a company's mailbox for a sign of life; ``days`` is how long it stands.

    Returns the request and its code, in two groups, which is kept nowhere; empty for a mailbox, which needs none. A key
    is always asked for together with its passphrase; a passphrase alone opens a key file that is kept unopened.

    Raises:
        NotVisible, NotPermitted, CompanyClosed: the person may not work for the company.
        NothingAsked, MailboxAskedAlone, AskingDaysWrong: the question makes no sense.
        ReaderMissing, RenewalMailboxMissing, ReaderOfTheFirm, ReaderWrittenByOneself: there is nobody to ask.
        LetterWithoutRenewal, CertificateUnsaid, KeyKeptAlready, NothingToAccept: there is nothing to ask for.
        PassphraseWithoutFile: a passphrase alone, and no key file is kept that it could open.
        AskedAlready, TooManyAsked: it was asked before.
    """
    company_for(by, company.pk, Right.WORK)
    things = _things(wanted, days)
    certificate = certificate or (renewal.certificate if renewal is not None else None)
    address, name = _reader(company, contact, things)
    row = ClientRequest(
        company=company,
        renewal=renewal,
        certificate=certificate,
        contact=None if Wanted.MAILBOX in things else contact,
        contact_name=name,
        address=address,
        note=" ".join(note.split())[:_LONGEST_NOTE],
        asked_by=by,
        asked_at=now,
        expires_at=now + timedelta(days=days),
        # Of nothing yet: the word is derived from the number, which the row has only once it is written.
        token_sha256=uuid4().hex * 2,
    )
    facts = {thing: _facts_of(thing, row, things, by=by, now=now) for thing in things}
    _require_new(row, things, now=now)
    code = "" if Wanted.MAILBOX in things else "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    # Slow on purpose, so before the transaction.
    row.code_hash = make_password(peppered(row, code)) if code else ""
    with transaction.atomic():
        row.save(force_insert=True)
        row.token_sha256 = sha256_of(token_of(row))
        row.save(update_fields=["token_sha256"])
        ClientRequestItem.objects.bulk_create(
            ClientRequestItem(request=row, what=thing, facts=facts[thing]) for thing in things
        )
        audit.record(
            "client_request.asked",
            by=by,
            subject=row,
            company=company,
            contact=name,
            mailed_to=address,
            what=", ".join(things),
            renewal=renewal.pk if renewal is not None else None,
        )
        dispatch.wake("renewals.work_pending")
    return row, f"{code[:4]} {code[4:]}".strip()


def withdraw(*, request: ClientRequest, by: Person, now: datetime) -> None:
    """Take a question back: its link opens nothing any more. What has arrived stays.

    Raises:
        NotVisible, NotPermitted: the person may not work for the company.
        RequestOver: it was over.
    """
    company_for(by, request.company_id, Right.WORK)
    with transaction.atomic():
        standing = ClientRequest.objects.open().filter(pk=request.pk)
        if standing.update(state=RequestState.WITHDRAWN, closed_at=now) != 1:
            raise RequestOver
        audit.record("client_request.withdrawn", by=by, subject=request, company=request.company_id)


def requests_lapsed(now: datetime, limit: int) -> list[int]:
    """Those that nobody answered in time, oldest first."""
    rows = ClientRequest.objects.lapsed(now=now).order_by("expires_at", "pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def lapse(*, request_id: int, by: audit.Machine, now: datetime) -> None:
    """Close a link whose days are over; nothing where somebody was faster."""
    with transaction.atomic():
        if ClientRequest.objects.lapsed(now=now).filter(pk=request_id).update(state=RequestState.LAPSED, closed_at=now):
            row = ClientRequest.objects.get(pk=request_id)
            audit.record("client_request.lapsed", by=by, subject=row, company=row.company_id)


def _things(wanted: Collection[str], days: int) -> list[str]:
    things = [thing for thing in Wanted.values if thing in wanted]
    if not things:
        raise NothingAsked
    if Wanted.MAILBOX in things and len(things) > 1:
        raise MailboxAskedAlone
    if Wanted.KEY in things:
        # A key without what opens it proves nothing, and would have to be asked about again.
        things = [thing for thing in Wanted.values if thing in _PAIR | set(things)]
    if not 1 <= days <= MOST_DAYS:
        raise AskingDaysWrong(most=MOST_DAYS)
    return things


def _reader(company: Company, contact: Contact | None, things: Collection[str]) -> tuple[str, str]:
    """The address and the name of whoever is asked."""
    if Wanted.MAILBOX in things:
        if not company.renewal_mailbox:
            raise RenewalMailboxMissing
        return company.renewal_mailbox, ""
    if contact is None or contact.company_id != company.pk or not contact.email:
        raise ReaderMissing
    if Person.objects.filter(email__iexact=contact.email).exists():
        raise ReaderOfTheFirm
    return contact.email, contact.name


def _facts_of(thing: str, row: ClientRequest, things: Collection[str], *, by: Person, now: datetime) -> dict[str, int]:
    """What has to be known later of a thing that is asked for, once it is clear that it can be."""
    if thing == Wanted.MANDATE:
        if who_wrote_address(row.company, row.address) == by.pk:
            raise ReaderWrittenByOneself
        mandate = mandate_to_accept(company_id=row.company_id, kind="", on=timezone.localdate(now))
        if mandate is None:
            raise NothingToAccept
        return {"mandate": mandate.pk}
    if thing == Wanted.LETTER and (row.renewal is None or not row.renewal.open):
        raise LetterWithoutRenewal
    if thing in _PAIR:
        _require_lacking(row.certificate, things)
    return {}


def _require_lacking(certificate: Certificate | None, things: Collection[str]) -> None:
    """Ask for a key only where it is not kept, and for a passphrase alone only where it could open something."""
    if {Wanted.KEY, Wanted.CERTIFICATE} <= set(things):
        return
    if certificate is None:
        raise CertificateUnsaid
    if certificate.pair_state not in _WITHOUT_KEY:
        raise KeyKeptAlready
    if Wanted.KEY not in things and not candidates_of(certificate).files:
        raise PassphraseWithoutFile


def _require_new(row: ClientRequest, things: Collection[str], *, now: datetime) -> None:
    standing = ClientRequest.objects.open().filter(company=row.company, expires_at__gt=now)
    same = standing.filter(address=row.address, renewal=row.renewal, certificate=row.certificate)
    before = same.filter(items__what__in=things, items__arrived_at=None).first()
    if before is not None:
        raise AskedAlready(request=before.pk)
    if standing.count() >= MOST_OPEN:
        raise TooManyAsked(limit=MOST_OPEN)
