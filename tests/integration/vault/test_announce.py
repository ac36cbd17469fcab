"""Is what cannot be undone told to everybody a day before, and can it be stopped for good, whoever wrote the rows?"""

from __future__ import annotations

import threading
from datetime import timedelta
from time import sleep

import pytest
from django.db import connection, transaction
from django.utils import timezone

from renewals.approvals import deciding
from renewals.audit import history_of
from renewals.desk import pending
from renewals.models import (
    Alert,
    AlertKind,
    Announcement,
    Approval,
    ApprovalKind,
    ApprovalState,
    Company,
    Destruction,
    KeyWork,
    KeyWorkKind,
    KeyWorkState,
)
from renewals.models.stored_key import CompanyKey
from renewals.vault import announcing, data_keys, held_works, keyring
from renewals.wording.alerts import say_alert
from tests.integration.vault.kept import a_day_later, company_with_secrets, do
from tests.integration.vault.parting import allowed, approved, give_up, kept_pair, partners

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("vault_keys")]


def forged(company: Company, **of_work: object) -> KeyWork:
    """What whoever is inside the web process writes: the company given up, two words, and the work."""
    ana, eva = partners()
    now = timezone.now()
    Company.objects.filter(pk=company.pk).update(closed_at=now)
    approval = Approval.objects.create(
        kind=ApprovalKind.ERASE_COMPANY,
        company=company,
        reason="x",
        facts={"rfc": company.rfc, "closed_at": now.isoformat(), "keys": 1},
        state=ApprovalState.APPROVED,
        asked_by=ana,
        asked_at=now,
        decided_by=eva,
        decided_at=now,
        expires_at=now + timedelta(hours=48),
    )
    told = {"kind": "erase", "company": company, "approval": approval, "asked_by": ana, "asked_at": now}
    return KeyWork.objects.create(**told | of_work)


def test_the_first_look_tells_everybody_and_destroys_nothing():
    company, _ = kept_pair()
    work = approved(give_up(company))
    before = timezone.now()
    pending.work_until_quiet(queues=["vault"])
    work.refresh_from_db()
    assert (work.state, work.lease) == (KeyWorkState.ASKED, None)
    told = Announcement.objects.get()
    assert told.due_at - told.at == timedelta(hours=24)
    assert told.at >= before
    alert = Alert.objects.get(kind=AlertKind.DESTRUCTION)
    assert (alert.company, str(alert.person)) == (company, "ana")
    words = say_alert(alert.kind, alert.facts, person=str(alert.person), company=company.name)
    assert "borra para siempre las llaves de Empresa XAA010101AA1. Lo pidió ana y lo aprobó eva." in words
    assert history_of(work)[0].name == "key_work.announced"
    assert CompanyKey.objects.filter(company=company).exists()


def test_before_its_moment_nothing_is_done_and_after_a_day_it_is():
    company, _ = kept_pair()
    work = do(approved(give_up(company)))
    due_at = Announcement.objects.get().due_at
    assert held_works.works_waiting(due_at - timedelta(seconds=1), 10) == []
    assert held_works.works_waiting(due_at, 10) == [work.pk]
    assert do(work, due_at - timedelta(minutes=1)).state == KeyWorkState.ASKED
    assert Announcement.objects.get().due_at == due_at
    assert do(work, due_at).state == KeyWorkState.DONE
    assert Alert.objects.filter(kind=AlertKind.DESTRUCTION).count() == 1


def test_what_nobody_did_in_its_day_is_not_done_later():
    company, _ = kept_pair()
    work = a_day_later(approved(give_up(company)))
    # However long the row of the approval says that it lasts, and from when.
    late = timezone.now() + timedelta(hours=24)
    Approval.objects.update(decided_at=late, expires_at=late + timedelta(hours=48))
    assert do(work, late).failure_code == "approval_missing"
    assert CompanyKey.objects.filter(company=company).exists()


@pytest.mark.parametrize("who", [0, 1])
def test_a_stop_holds_although_the_row_is_made_to_say_approved_again(who):
    company, _ = kept_pair()
    work = allowed(give_up(company))
    assert work.approval is not None
    deciding.stop(approval=work.approval, by=partners()[who], now=timezone.now())
    Approval.objects.update(state=ApprovalState.APPROVED)
    assert do(work).failure_code == "approval_missing"
    assert CompanyKey.objects.filter(company=company).exists()


def test_what_was_stopped_ends_at_the_next_look_and_not_a_day_later():
    company, _ = kept_pair()
    work = do(approved(give_up(company)))
    assert work.approval is not None
    deciding.stop(approval=work.approval, by=partners()[1], now=timezone.now())
    pending.look(queue="vault")
    work.refresh_from_db()
    assert (work.state, work.failure_code) == (KeyWorkState.FAILED, "approval_missing")


def test_forged_rows_erase_nothing_in_one_look_and_not_in_silence():
    companies = [kept_pair(f"XA{letter}010101AA1")[0] for letter in "ABC"]
    for company in companies:
        forged(company)
    pending.work_until_quiet(queues=["vault"])
    assert not Destruction.objects.exists()
    assert Alert.objects.filter(kind=AlertKind.DESTRUCTION).count() == 3


def test_a_work_that_names_nobody_is_not_taken_for_one_of_the_vaults_own_shell():
    company, _ = kept_pair()
    works = [
        KeyWork.objects.create(kind=KeyWorkKind.REKEY, company=company, asked_at=timezone.now()),
        KeyWork.objects.create(kind=KeyWorkKind.ROTATE, asked_at=timezone.now()),
        forged(kept_pair("XBB010101BB1")[0], asked_by=None),
    ]
    for work in works:
        assert do(work).failure_code == "not_permitted"
    assert not Announcement.objects.exists()


def test_no_more_companies_than_five_lose_their_keys_in_a_day(monkeypatch):
    monkeypatch.setattr(announcing, "MOST_ERASURES", 1)
    works = [allowed(give_up(company_with_secrets(number))) for number in (1, 2)]
    assert do(works[0]).state == KeyWorkState.DONE
    assert (do(works[1]).state, works[1].failure_code) == (KeyWorkState.FAILED, "too_many_erasures")
    assert works[1].failure_facts == {"limit": 1, "hours": 24}
    assert Destruction.objects.count() == 1
    assert works[1].approval is not None
    works[1].approval.refresh_from_db()
    assert works[1].approval.state == ApprovalState.APPROVED


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's transactions are one after the other")
def test_a_data_key_that_is_being_made_meanwhile_is_waited_for_and_named():
    """By another vault worker, which began before the company was given up and ends in the middle of the erasure."""
    company = company_with_secrets()
    work = allowed(give_up(company))
    key = data_keys.fresh(company.pk, keyring.load())
    key.is_active = False
    is_inside = threading.Event()

    def make_a_key() -> None:
        try:
            with transaction.atomic():
                data_keys.one_at_a_time()
                key.save(force_insert=True)
                is_inside.set()
                until_somebody_waits()
        finally:
            connection.close()

    other = threading.Thread(target=make_a_key)
    other.start()
    assert is_inside.wait(10)
    assert do(work).state == KeyWorkState.WORKING
    other.join(10)
    assert not Destruction.objects.exists()
    assert do(work).state == KeyWorkState.DONE
    assert key.pk.hex in Destruction.objects.get().key_ids
    assert not CompanyKey.objects.filter(company=company).exists()


def until_somebody_waits() -> None:
    """For a lock on the data keys; half a minute at most."""
    with connection.cursor() as cursor:
        for _ in range(600):
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'renewals_companykey'::regclass")
            if cursor.fetchone():
                return
            sleep(0.05)
