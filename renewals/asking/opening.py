"""Who stands at the door with a link, and did they get the code by another way?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.db.models import F

from renewals.asking.closing import claim, record, settle
from renewals.clients.links import is_untouched, peppered, sha256_of
from renewals.errors.asking import CodeWrong, LinkLocked, LinkOver, RequestOver
from renewals.models import ClientRequest, ClientRequestItem, Company, Mandate, RequestState, Wanted
from renewals.models.client_request import ClientRequestQuerySet

#: So many wrong codes, and the link opens nothing any more.
MOST_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as its reader sees it; ``mandate`` is what they are to say yes to, where they are."""

    request: ClientRequest
    items: tuple[ClientRequestItem, ...]
    mandate: Mandate | None

    @property
    def waiting(self) -> tuple[str, ...]:
        """What has not arrived."""
        return tuple(one.what for one in self.items if one.arrived_at is None)


def knock(*, token: str, now: datetime) -> ClientRequest:
    """The request that a link stands for.

    Raises:
        LinkOver: it stands for none that is open.
    """
    row = _standing(now).filter(token_sha256=sha256_of(token)).first()
    if row is None or not is_untouched(row):
        raise LinkOver
    return row


def standing(*, request_id: int, now: datetime) -> Asked:
    """A request that is still open, with what it asks for.

    Raises:
        LinkOver: it is not.
    """
    row = _standing(now).filter(pk=request_id).first()
    if row is None:
        raise LinkOver
    items = tuple(row.items.all())
    asked = next((one.facts.get("mandate") for one in items if one.what == Wanted.MANDATE), None)
    return Asked(row, items, Mandate.objects.of_company(row.company_id).filter(pk=asked).first() if asked else None)


def needs_code(request: ClientRequest) -> bool:
    """Whether the link alone is not enough: for everything but a mailbox, whatever its row says of a code."""
    return list(request.items.values_list("what", flat=True)) != [Wanted.MAILBOX]


def try_code(*, request: ClientRequest, code: str, from_address: str | None, now: datetime) -> None:
    """Compare a code, as it was typed, with the one that was told.

    A try is taken before the comparison, which is slow: many at once are no more tries than one after the other.

    Raises:
        CodeWrong: it is another one. Facts: ``left``, tries.
        LinkLocked: it was wrong too often, now or before.
        RequestOver: the request was over meanwhile.
    """
    rows = _standing(now).filter(pk=request.pk)
    if rows.filter(tries__lt=MOST_TRIES).update(tries=F("tries") + 1) != 1:
        raise LinkLocked if rows.exists() else RequestOver
    typed = "".join(one for one in code.upper() if one.isalnum())[:40]
    if request.code_hash and check_password(peppered(request, typed), request.code_hash):
        with transaction.atomic():
            # Only what was wrong counts.
            rows.update(tries=F("tries") - 1)
            record("client_request.opened", request, address=from_address)
        return
    with transaction.atomic():
        left = max(MOST_TRIES - _tries_of(request), 0)
        record("client_request.code_refused", request, address=from_address, left=left)
        if not left and rows.update(state=RequestState.LOCKED, closed_at=now) == 1:
            record("client_request.locked", request)
    if not left:
        raise LinkLocked
    raise CodeWrong(left=left)


def prove_mailbox(*, request: ClientRequest, from_address: str | None, now: datetime) -> None:
    """Somebody opened what was mailed to a mailbox, so mail to it is read: the company's, if it still is that.

    Raises:
        RequestOver: it was over.
    """
    if needs_code(request):
        raise RequestOver
    with transaction.atomic():
        claim(request, Wanted.MAILBOX, facts={}, now=now)
        mine = Company.objects.filter(pk=request.company_id, renewal_mailbox=request.address)
        proved = mine.update(mailbox_proved_at=now) == 1
        record("client_request.arrived", request, what=Wanted.MAILBOX.value, address=from_address, proved=proved)
        settle(request, now=now)


def _standing(now: datetime) -> ClientRequestQuerySet:
    rows = ClientRequest.objects.open().filter(expires_at__gt=now, company__closed_at=None)
    return rows.select_related("company", "certificate", "renewal", "asked_by")


def _tries_of(request: ClientRequest) -> int:
    return ClientRequest.objects.values_list("tries", flat=True).get(pk=request.pk)
