"""Which lines of the ledger wait again when the message that told them did not arrive?"""

from django.db.models import Exists, OuterRef

from renewals.models import DeliveryLine, DeliveryState, Notice, NoticeState

_TOLD_NOTHING = (DeliveryState.FAILED, DeliveryState.WITHDRAWN)


def let_lines_wait(delivery_id: int) -> None:
    """Give back what the message of this id told, where nobody else was told it; in the caller's transaction.

    A line whose certificate has crossed a more urgent mark since is done with: the most urgent one speaks for it, even
    if its own message has not left yet. Should that be withdrawn, it is the one that waits.
    """
    told = DeliveryLine.objects.exclude(delivery__state__in=_TOLD_NOTHING).filter(notice=OuterRef("pk"))
    more_urgent = Notice.objects.exclude(state=NoticeState.MOOT).filter(
        certificate=OuterRef("certificate"),
        deadline_on=OuterRef("deadline_on"),
        audience=OuterRef("audience"),
        mark__lt=OuterRef("mark"),
    )
    carried = Notice.objects.filter(lines__delivery=delivery_id, state=NoticeState.CARRIED).exclude(Exists(told))
    for pk, is_done in list(carried.annotate(is_done=Exists(more_urgent)).values_list("pk", "is_done")):
        Notice.objects.filter(pk=pk, state=NoticeState.CARRIED).update(
            state=NoticeState.ABSORBED if is_done else NoticeState.WAITING
        )
