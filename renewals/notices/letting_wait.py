"""Which lines of the ledger wait again when the message that told them did not arrive?"""

from django.db.models import Exists, OuterRef

from renewals.models import Notice, NoticeState


def let_lines_wait(delivery_id: int) -> None:
    """Give back what the message of this id told; in the caller's transaction.

    Also what others were told by messages of their own: the next round tells it to whoever of its readers lacks it
    (``known_readers``), and lets it go where nobody does.

    A line whose certificate has crossed a more urgent mark since is done with: the most urgent one speaks for it, even
    if its own message has not left yet. Should that be withdrawn, it is the one that waits.
    """
    lines = Notice.objects.filter(lines__delivery=delivery_id)
    # Whoever takes or settles a line at this moment looks again at who has it, once it holds the row (``making``).
    held = list(Notice.objects.select_for_update().filter(pk__in=lines.values("pk")).order_by("pk"))
    more_urgent = Notice.objects.exclude(state=NoticeState.MOOT).filter(
        certificate=OuterRef("certificate"),
        deadline_on=OuterRef("deadline_on"),
        audience=OuterRef("audience"),
        mark__lt=OuterRef("mark"),
    )
    carried = Notice.objects.filter(pk__in=[one.pk for one in held], state=NoticeState.CARRIED)
    for pk, is_done in list(carried.annotate(is_done=Exists(more_urgent)).values_list("pk", "is_done")):
        Notice.objects.filter(pk=pk, state=NoticeState.CARRIED).update(
            state=NoticeState.ABSORBED if is_done else NoticeState.WAITING
        )
