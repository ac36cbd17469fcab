"""Is what a renewal lacks found before its first step, with the person who can mend it?"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from renewals.errors import AlreadyMoved, MasterKeyAbsent, PreflightFailed, PreflightRunning, RenewalClosed
from renewals.models import CalendarDay, Person, Renewal, RenewalState
from renewals.models.stored_key import KeyState, StoredKey
from renewals.procedure import cancelling, layout, preflight
from renewals.procedure.queueing import queue_renewals
from renewals.vault.facts import key_facts
from tests import factories
from tests.killing import every_boundary
from tests.meanwhile import meanwhile
from tests.pairs import make_pair
from tests.walks import begin, run_workers

pytestmark = pytest.mark.django_db(transaction=True)


def laid_out(person: Person, *, wrong_passphrase: bool = False, with_key: bool = True, n: int = 0) -> Renewal:
    """A renewal whose steps are there and whose old pair nobody has tried yet."""
    now = timezone.now()
    home = factories.company(rfc=f"EKU{n:03d}0101AA1", responsible=person)
    pair = make_pair("npie", rfc=home.rfc, not_before=now - timedelta(days=700), not_after=now - timedelta(days=3))
    certificate = factories.certificate(home, pair)
    if with_key:
        factories.sealed_key(certificate, pair, passphrase="otra-clave" if wrong_passphrase else None)
    queue_renewals(certificates=[certificate], by=person, now=now)
    renewal = Renewal.objects.get(certificate=certificate)
    layout.lay_out(renewal_id=renewal.pk, now=now)
    renewal.refresh_from_db()
    return renewal


def run(renewal: Renewal) -> Renewal:
    preflight.run(renewal_id=renewal.pk, now=timezone.now())
    renewal.refresh_from_db()
    return renewal


def test_a_pair_that_signs_passes_and_the_new_passphrase_is_made(beto: Person, vault_keys: Path):
    renewal = run(laid_out(beto))
    assert renewal.preflight["old_pair"]["state"] == "ok"
    assert renewal.preflight["passphrase"]["state"] == "ok"
    assert renewal.pending_key_id is not None
    assert key_facts(renewal.pending_key_id).state == "expected"
    preflight.require_passed(renewal)


def test_an_expired_certificate_still_signs(beto: Person, vault_keys: Path):
    renewal = run(laid_out(beto))
    assert renewal.preflight["certificate"]["code"] == "expired"
    assert renewal.preflight["old_pair"]["code"] == "ok"


def test_a_wrong_passphrase_is_found_and_the_client_is_named_to_mend_it(beto: Person, vault_keys: Path):
    renewal = run(laid_out(beto, wrong_passphrase=True))
    point = renewal.preflight["old_pair"]
    assert (point["state"], point["who"]) == ("failed", "contact")
    assert renewal.pending_key_id is None
    with pytest.raises(PreflightFailed):
        preflight.require_passed(renewal)


def test_a_certificate_without_key_is_found_before_the_portal_asks_for_it(beto: Person, vault_keys: Path):
    renewal = run(laid_out(beto, with_key=False))
    assert renewal.preflight["old_pair"]["code"] == "key_not_kept"
    with pytest.raises(PreflightFailed):
        preflight.require_passed(renewal)


def test_nothing_begins_before_the_pair_was_tried(beto: Person, vault_keys: Path):
    with pytest.raises(PreflightRunning):
        preflight.require_passed(laid_out(beto))


def test_the_general_plan_begins_without_an_old_pair(beto: Person, vault_keys: Path):
    walk = begin("csd", with_key=False)
    assert walk.renewal.preflight["old_pair"]["state"] == "warn"
    preflight.require_passed(walk.renewal)


def test_a_second_run_opens_nothing_again(beto: Person, vault_keys: Path):
    renewal = run(laid_out(beto))
    first = renewal.pending_key_id
    assert run(renewal).pending_key_id == first


def test_asking_again_after_mending_passes_and_keeps_the_passphrase(beto: Person, vault_keys: Path):
    renewal = run(laid_out(beto))
    first = renewal.pending_key_id
    preflight.ask_again(renewal=renewal, by=beto, now=timezone.now())
    renewal.refresh_from_db()
    assert renewal.preflight_at is None
    run_workers()
    renewal.refresh_from_db()
    assert renewal.preflight["passphrase"]["state"] == "ok"
    assert renewal.pending_key_id == first


def test_asking_again_while_it_runs_is_refused(beto: Person, vault_keys: Path):
    with pytest.raises(AlreadyMoved):
        preflight.ask_again(renewal=laid_out(beto), by=beto, now=timezone.now())


def test_asking_again_after_the_end_is_refused(beto: Person, vault_keys: Path):
    renewal = run(laid_out(beto))
    cancelling.cancel(renewal=renewal, reason="La empresa cerró", by=beto, now=timezone.now())
    renewal.refresh_from_db()
    with pytest.raises(RenewalClosed):
        preflight.ask_again(renewal=renewal, by=beto, now=timezone.now())


def test_without_a_master_key_it_goes_on_waiting(beto: Person, vault_keys: Path, settings: object):
    in_custody = run(laid_out(beto))
    sealed = laid_out(beto, n=1)
    settings.PROCESS_ROLE = "web"  # type: ignore[attr-defined]  # pytest-django's wrapper
    for renewal in (sealed, in_custody):
        Renewal.objects.filter(pk=renewal.pk).update(preflight_at=None)
        with pytest.raises(MasterKeyAbsent):
            run(renewal)
        renewal.refresh_from_db()
        assert renewal.preflight_at is None


def test_a_cancelled_renewal_is_left_alone(beto: Person, vault_keys: Path):
    renewal = laid_out(beto)
    cancelling.cancel(renewal=renewal, reason="La empresa cerró", by=beto, now=timezone.now())
    assert run(renewal).preflight_at is None
    assert renewal.state == RenewalState.CANCELLED


def test_a_key_on_its_way_into_custody_is_waited_for(beto: Person, vault_keys: Path):
    renewal = laid_out(beto)
    key = StoredKey.objects.filter(company=renewal.company_id)
    key.update(state=KeyState.TAKING, lease_until=timezone.now() + timedelta(seconds=5))
    assert run(renewal).preflight_at is None
    key.update(lease_until=timezone.now() - timedelta(seconds=1))
    preflight.run(renewal_id=renewal.pk, now=timezone.now() + preflight.LOOK_AGAIN * 2)
    renewal.refresh_from_db()
    assert renewal.preflight["old_pair"]["state"] == "ok"


def test_a_cancellation_at_this_moment_leaves_no_passphrase_behind(beto: Person, vault_keys: Path):
    renewal = laid_out(beto)

    def cancel() -> None:
        cancelling.cancel(renewal=renewal, reason="La empresa cerró", by=beto, now=timezone.now())

    with meanwhile('SET "preflight_lease_until"', cancel):
        preflight.run(renewal_id=renewal.pk, now=timezone.now())
    renewal.refresh_from_db()
    assert (renewal.preflight_at, renewal.pending_key_id) == (None, None)
    assert expected_keys(renewal) == 0


@pytest.mark.parametrize(
    ("mailbox", "proved_days_ago", "code", "who"),
    [
        ("", None, "missing", "responsible"),
        ("imss@empresa.example", None, "unproved", "contact"),
        ("imss@empresa.example", 91, "unproved", "contact"),
        ("imss@empresa.example", 10, "ok", ""),
    ],
)
def test_the_mailbox_is_told_with_who_can_mend_it(
    beto: Person, mailbox: str, proved_days_ago: int | None, code: str, who: str
):
    now = timezone.now()
    proved_at = None if proved_days_ago is None else now - timedelta(days=proved_days_ago)
    home = factories.company(renewal_mailbox=mailbox, mailbox_proved_at=proved_at)
    certificate = factories.certificate(home, make_pair("npie"))
    queue_renewals(certificates=[certificate], by=beto, now=now)
    point = preflight.survey(Renewal.objects.get(), now=now)["mailbox"]
    assert (point["code"], point["who"]) == (code, who)


def test_a_valid_efirma_in_custody_is_the_second_way_in(beto: Person, vault_keys: Path):
    walk = begin()
    assert walk.renewal.preflight["second_way"]["code"] == "missing"
    efirma = make_pair("efirma", rfc=walk.renewal.company.rfc)
    row = factories.certificate(walk.renewal.company, efirma)
    assert preflight.survey(walk.renewal, now=timezone.now())["second_way"]["code"] == "missing"
    factories.sealed_key(row, efirma)
    run_workers()
    point = preflight.survey(walk.renewal, now=timezone.now())["second_way"]
    assert point["facts"] == {"serial": row.serial}


def test_business_days_are_counted_to_the_end_and_movements_after_it(beto: Person):
    now = timezone.now()
    home = factories.company()
    ending = factories.certificate(home, make_pair("npie", not_after=now + timedelta(days=7)))
    queue_renewals(certificates=[ending], by=beto, now=now)
    renewal = Renewal.objects.get()
    before = preflight.survey(renewal, now=now)["deadline"]
    assert before["code"] == "before"
    after = preflight.survey(renewal, now=now + timedelta(days=8))["deadline"]
    assert after["code"] == "after"


def test_days_on_which_imss_is_closed_in_the_state_of_the_company_do_not_count(beto: Person):
    now = timezone.now()
    today = timezone.localdate(now)
    home = factories.company(region="OAX")
    ending = factories.certificate(home, make_pair("npie", not_after=now + timedelta(days=7)))
    queue_renewals(certificates=[ending], by=beto, now=now)
    renewal = Renewal.objects.get()

    def told() -> tuple[Any, Any]:
        before, after = (preflight.survey(renewal, now=moment)["deadline"] for moment in (now, now + timedelta(days=8)))
        return before["facts"], after["facts"]

    free = told()
    for days in range(1, 15):
        day = today + timedelta(days=days)
        CalendarDay.objects.create(day=day, authority="imss", region="OAX", source="Huracán", by=beto)
    closed = told()
    assert (closed[0]["business_days"], free[0]["business_days"] > 0) == (0, True)
    assert free[1]["movements_due_on"] < closed[1]["movements_due_on"]


def test_a_worker_killed_anywhere_makes_one_passphrase_in_the_end(beto: Person, vault_keys: Path):
    made = iter(range(900))

    def check(renewal: Renewal) -> None:
        later = timezone.now() + timedelta(minutes=16)
        preflight.run(renewal_id=renewal.pk, now=later)
        preflight.run(renewal_id=renewal.pk, now=later + timedelta(minutes=16))
        renewal.refresh_from_db()
        assert renewal.preflight["old_pair"]["state"] == "ok"
        assert renewal.pending_key_id is not None
        waiting = expected_keys(renewal)
        assert waiting == 1, waiting

    boundaries = every_boundary(
        prepare=lambda: laid_out(beto, n=next(made)),
        run=lambda renewal: preflight.run(renewal_id=renewal.pk, now=timezone.now()),
        check=check,
    )
    assert boundaries > 20


def expected_keys(renewal: Renewal) -> int:
    return StoredKey.objects.filter(company=renewal.company_id, certificate=None).count()
