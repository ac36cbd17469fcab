"""Does a renewal walk from the first step to the new certificate in use, with real keys and files?"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone

from renewals.audit import Machine
from renewals.models import Evidence, PairState, RenewalState, RenewalStep
from renewals.procedure.queueing import queue_renewals
from renewals.procedure.steps import Grade, plan_of
from renewals.vault.proving import prove_certificate_pair
from tests.walks import begin

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_imss_renewal_walks_its_fourteen_steps_to_the_new_certificate(vault_keys: Path):
    walk = begin().to_the_end()
    old, new = walk.old_certificate, walk.new_certificate
    assert walk.renewal.state == RenewalState.DONE
    assert (new.is_primary, new.predecessor_id, new.pair_state) == (True, old.pk, PairState.IN_CUSTODY)
    assert (old.is_primary, old.retired_at is not None, old.next_mark_on) == (False, True, None)


def test_the_general_plan_walks_its_three_steps_to_the_new_certificate(vault_keys: Path):
    walk = begin("csd").to_the_end()
    new = walk.new_certificate
    assert walk.renewal.state == RenewalState.DONE
    assert (new.is_primary, new.predecessor_id) == (True, walk.renewal.certificate_id)


def test_the_old_pair_is_still_there_and_still_opens_after_the_end(vault_keys: Path):
    walk = begin().to_the_end()
    prove_certificate_pair(certificate=walk.renewal.certificate, by=Machine("test"), reason="still there")


def test_the_new_pair_opens_with_the_passphrase_that_was_made_for_it(vault_keys: Path):
    walk = begin().to_the_end()
    new = walk.new_certificate
    prove_certificate_pair(certificate=new, by=Machine("test"), reason="in use")


def test_every_step_leaves_at_least_its_minimum_proof(vault_keys: Path):
    walk = begin().to_the_end()
    for step in plan_of(walk.renewal.plan, walk.renewal.edition).steps:
        grades = list(
            Evidence.objects.filter(step__renewal=walk.renewal, step__key=step.key).values_list("grade", flat=True)
        )
        minimum = (Grade.WORD,) if step.key == "confirm_company" else step.minimum
        assert all(grades.count(one.value) >= minimum.count(one) for one in minimum), (step.key, grades)


def test_every_step_says_who_did_it_and_the_machine_only_its_own(vault_keys: Path):
    walk = begin().to_the_end()
    done_by = {row.key: row.done_by for row in RenewalStep.objects.filter(renewal=walk.renewal)}
    assert [key for key, person in done_by.items() if person is None] == ["generated"]
    assert done_by["mouse_entropy"] == walk.by
    assert done_by["access_granted"] == walk.second


def test_a_closed_renewal_lets_the_next_one_be_opened(vault_keys: Path):
    walk = begin("csd").to_the_end()
    new = walk.new_certificate
    outcome = queue_renewals(certificates=[new], by=walk.by, now=timezone.now())
    assert outcome.created == (new.pk,)
