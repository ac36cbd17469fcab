"""How does a planned message become a row that is sent once? Frozen, with its lines taken, in one transaction."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

import structlog
from django.db import IntegrityError, transaction

from renewals import audit
from renewals.audit import Actor, Entry, RowOf
from renewals.errors import AlreadyMoved
from renewals.models import Certificate, Delivery, DeliveryLine, Notice, NoticeState
from renewals.notices.planning import Planned, Told
from renewals.notices.slices import sliced
from renewals.notices.waiting import NOBODY, Waiting, known_readers

log = structlog.get_logger(__name__)

Failure = dict[str, int | str]


@dataclass(slots=True)
class Assembled:
    """What one assembly did.

    ``moot``: lines that nobody needs any more. ``absorbed``: lines that were told with a more urgent one of the same
    certificate. ``unreachable``: lines that nobody can be told, which go on waiting, or only at addresses that do not
    work. Those that could not be put into words or into a message go on waiting too; ``failures`` gives the reason.
    """

    deliveries: int = 0
    moot: int = 0
    absorbed: int = 0
    unreachable: int = 0
    failures: list[Failure] = field(default_factory=list)


def make(
    bundle: Sequence[Planned], write: Callable[[Planned], Delivery | None], assembled: Assembled, *, by: Actor
) -> None:
    """Write the messages of a bundle, unless another assembly was faster.

    ``write`` puts one into words, outside any transaction; ``None`` where nothing is left to say, as when none of its
    lines could be worded. A line that is left out of a message waits.
    """
    try:
        written = [(planned, row) for planned in bundle if (row := write(planned)) is not None]
        if not written:
            return
        with transaction.atomic():
            absorbed = _take([planned for planned, _ in written])
            _insert(written, by=by)
    except AlreadyMoved:
        log.info("message.somebody_was_faster", messages=len(bundle))
    except Exception as error:
        if isinstance(error, IntegrityError) and not _still_wait(bundle):
            log.info("message.somebody_was_faster", messages=len(bundle))
            return
        # One person's message must not keep everybody else's from being made; its lines go on waiting.
        log.exception("message.not_made", readers=[planned.key for planned in bundle])
        assembled.failures += [{planned.key[0]: planned.key[1], "error": type(error).__name__} for planned in bundle]
    else:
        assembled.deliveries += len(written)
        assembled.absorbed += absorbed


def settle(settled: Collection[Told]) -> None:
    """Let go of lines that everybody who is to read them has already; where that changed meanwhile, they wait."""
    try:
        with transaction.atomic():
            for ids in sliced({notice for told in settled for notice in told.telling.notices}):
                Notice.objects.waiting().filter(pk__in=ids).update(state=NoticeState.CARRIED)
            _require_known(settled)
    except AlreadyMoved:
        log.info("message.somebody_was_faster", settled=len(settled))


def drop(lines: Collection[Waiting], *, by: Actor) -> int:
    """Write down that nobody needs these lines any more; how many of them still waited."""
    dropped = 0
    for line in lines:
        with transaction.atomic():
            if not Notice.objects.waiting().filter(pk=line.pk).update(state=NoticeState.MOOT):
                continue
            subject, facts = RowOf(Certificate, line.certificate_id), {"mark": line.mark}
            audit.record_many([Entry("notice.moot", by=by, subject=subject, company_id=line.company_id, facts=facts)])
        dropped += 1
    return dropped


def _still_wait(messages: Collection[Planned]) -> bool:
    """Whether any of these lines is told by nobody, whoever made a message of this reader, day and purpose."""
    lines = {notice for planned in messages for notice in planned.notices}
    return any(Notice.objects.waiting().filter(pk__in=ids).exists() for ids in sliced(lines))


def _take(messages: Collection[Planned]) -> int:
    """Claim every line once, and those that it speaks for.

    Raises:
        AlreadyMoved: at least one of them no longer waits.
    """
    lines = [one for planned in messages for one in planned.told]
    told = {one.telling for one in lines}
    absorbed = {notice for telling in told for notice in telling.absorbed}
    for notices, state in (
        ({telling.line.pk for telling in told}, NoticeState.CARRIED),
        (absorbed, NoticeState.ABSORBED),
    ):
        taken = sum(Notice.objects.waiting().filter(pk__in=ids).update(state=state) for ids in sliced(notices))
        if taken != len(notices):
            raise AlreadyMoved
    _require_known(lines)
    return len(absorbed)


def _require_known(lines: Iterable[Told]) -> None:
    """What was known of who has these lines is true now that this transaction holds them (``letting_wait``).

    Nobody but who holds a line gives it to a first reader, so those that nobody had are not looked at again.

    Raises:
        AlreadyMoved: a message that told one of them was withdrawn or came back meanwhile.
    """
    before = {one.telling.line.pk: one.before for one in lines if one.before != NOBODY}
    if before and known_readers(before) != before:
        raise AlreadyMoved


def _insert(written: Sequence[tuple[Planned, Delivery]], *, by: Actor) -> None:
    for _, row in written:
        row.save(force_insert=True)
    DeliveryLine.objects.bulk_create(
        [
            DeliveryLine(delivery=row, notice_id=one.telling.line.pk, detour=one.detour)
            for planned, row in written
            for one in planned.told
        ],
        batch_size=1_000,
    )
    audit.record_many(
        Entry(
            "delivery.made",
            by=by,
            subject=row,
            company_id=row.company_id,
            facts={"person": row.person_id, "contact": row.contact_id, "lines": len(planned.told)},
        )
        for planned, row in written
    )
