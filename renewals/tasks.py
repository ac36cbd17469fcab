"""Which nudges do workers understand? Ids in, one room function each; everything else is in the rows."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from renewals.audit import Machine
from renewals.custody import preparing
from renewals.desk import pending
from renewals.notices import round as notices_round
from renewals.notices import trying
from renewals.vault import taking


@shared_task(name="renewals.work_pending")
def work_pending() -> None:
    """Do what waits for the default worker."""
    pending.work(queue="default")


@shared_task(name="renewals.vault.work_pending")
def vault_work_pending() -> None:
    """Do what waits for the vault worker."""
    pending.work(queue="vault")


@shared_task(name="renewals.sweep")
def sweep() -> None:
    """Look for marks that were reached, and write the messages that this moment needs."""
    notices_round.sweep(now=timezone.now(), by=Machine("sweep"))


@shared_task(name="renewals.try_mail")
def try_mail(person_id: str) -> None:
    """Write the test message that somebody asked for, to that person."""
    trying.write_test(person_id=int(person_id), now=timezone.now(), by=Machine("mail"))


@shared_task(name="renewals.vault.take_custody")
def take_custody() -> None:
    """Take the keys that arrived into custody."""
    taking.take_custody_batch(limit=pending.BATCH, now=timezone.now())


@shared_task(name="renewals.vault.prepare_checkout")
def prepare_checkout(checkout_id: str) -> None:
    """Prepare the files that somebody asked for."""
    preparing.prepare(checkout_id=UUID(checkout_id), now=timezone.now())
