"""Which nudges do workers understand? Ids in, one room function each; everything else is in the rows."""

from celery import shared_task

from renewals.desk import pending


@shared_task(name="renewals.work_pending")
def work_pending() -> None:
    """Do what waits for the default worker."""
    pending.work(queue="default")


@shared_task(name="renewals.vault.work_pending")
def vault_work_pending() -> None:
    """Do what waits for the vault worker."""
    pending.work(queue="vault")
