"""How does a command see a long work on keys through, and say how it ended?"""

from time import sleep

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from renewals.errors import AlreadyMoved, Refusal
from renewals.management.answers import write_json
from renewals.models import KeyWork
from renewals.vault import key_works
from renewals.wording.errors import say, say_refusal
from renewals.wording.key_works import say_proof

#: Seconds between two looks at a work that another worker is at.
PAUSE = 1.0


def see_through(command: BaseCommand, work: KeyWork, *, as_json: bool) -> None:
    """Do the work where this process holds the master keys, and print how it stands at the end.

    Raises:
        CommandError: it failed, or this process cannot go on with it; then it waits for the vault worker.
    """
    while settings.MASTER_KEYS_DIR and work.open and not work.waits_for_somebody and not _begins_later(work):
        before = (work.state, work.done, work.lease)
        try:
            key_works.do(work_id=work.pk, now=timezone.now())
        except AlreadyMoved:
            pass
        except Refusal as refusal:
            raise CommandError(say_refusal(refusal)) from None
        work.refresh_from_db()
        if not as_json:
            command.stderr.write(f"{work.done} de {work.total}")
        if (work.state, work.done, work.lease) == before:
            sleep(PAUSE)
    _tell(command, work, as_json=as_json)
    if work.failure_code:
        raise CommandError(say(work.failure_code, work.failure_facts))


def _begins_later(work: KeyWork) -> bool:
    """Whether it was announced, and its day has not come."""
    due_at = work.due_at()
    return due_at is not None and due_at > timezone.now()


def _tell(command: BaseCommand, work: KeyWork, *, as_json: bool) -> None:
    if as_json:
        told = {
            "id": str(work.pk),
            "kind": work.kind,
            "state": work.state,
            "done": work.done,
            "total": work.total,
            "proof": work.proof,
            "error": {"code": work.failure_code, "facts": work.failure_facts} if work.failure_code else None,
        }
        write_json(command, told)
        return
    command.stdout.write(f"{work.get_kind_display()}: {work.get_state_display()}")
    for name, value in say_proof(work.proof):
        command.stdout.write(f"  {name}: {value}")
    if work.open and work.waits_for_somebody:
        command.stdout.write("Otra socia o socio lo tiene que aprobar en «Aprobaciones».")
    elif work.open and _begins_later(work):
        command.stdout.write("Está anunciado y se hace un día después. Hasta entonces se detiene en «Aprobaciones».")
    elif work.open:
        command.stdout.write("Espera al proceso de la bóveda: este proceso no tiene las llaves maestras.")
