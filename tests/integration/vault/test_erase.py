"""Are the keys of a company destroyed once, on the word of two, and never made again behind anybody's back?"""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from renewals import errors
from renewals.approvals.deciding import approve, refuse
from renewals.audit import Machine, history_of_company
from renewals.custody import preparing
from renewals.desk import offboarding
from renewals.models import (
    ApprovalState,
    Checkout,
    CheckoutState,
    Company,
    Destruction,
    KeyWork,
    KeyWorkState,
    PairState,
    Person,
)
from renewals.models.stored_key import CompanyKey, KeyState, StoredKey, StoredSecret
from renewals.vault import expecting, held_works, intake_seal, proving, taking
from renewals.vault.envelope import Place
from tests import factories
from tests.integration.vault.kept import after_the_lease, company_with_secrets, do
from tests.integration.vault.parting import allowed, asked, give_up, kept_pair, partners
from tests.killing import every_boundary
from tests.meanwhile import meanwhile
from tests.pairs import make_pair

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("vault_keys")]

NOW = timezone.now()


def nothing_left(company: Company) -> None:
    """No key, nothing sealed, nothing on its way out; and what says that there were keys."""
    assert not CompanyKey.objects.filter(company=company).exists()
    assert not StoredSecret.objects.filter(company=company).exists()
    assert not Checkout.objects.holding().filter(company=company).exists()
    states = set(StoredKey.objects.filter(company=company).values_list("state", "failure_code", "key_secret"))
    assert states <= {(KeyState.FAILED, "keys_erased", None)}
    assert set(company.certificates.values_list("pair_state", flat=True)) <= {PairState.NO_KEY}


def test_what_two_partners_allowed_is_destroyed_and_nothing_else():
    company, certificate = kept_pair()
    other, others = kept_pair("XBB010101BB1")
    key = CompanyKey.objects.get(company=company)
    work = do(allowed(give_up(company)))
    assert (work.state, work.proof) == (KeyWorkState.DONE, {"data_keys": 1, "secrets": 2, "left": 0})
    nothing_left(company)
    with pytest.raises(errors.KeyNotKept):
        proving.prove_certificate_pair(certificate=certificate, by=Machine("test"), reason="test")
    proving.prove_certificate_pair(certificate=others, by=Machine("test"), reason="test")
    told = [event.name for event in history_of_company(company)]
    done = ["key_work.finished", "company.keys_destroyed", "approval.used"]
    assert told[:5] == [*done, "key_work.announced", "approval.approved"]
    destruction = Destruction.objects.get()
    assert (destruction.pk, destruction.company, destruction.key_ids) == (work.pk, company, [key.pk.hex])
    assert other.closed_at is None


def test_without_the_second_word_the_work_waits_and_nothing_is_destroyed():
    company, certificate = kept_pair()
    work = asked(give_up(company))
    assert held_works.works_waiting(timezone.now(), 10) == []
    assert do(work).state == KeyWorkState.FAILED
    assert work.failure_code == "approval_missing"
    proving.prove_certificate_pair(certificate=certificate, by=Machine("test"), reason="test")


def test_approved_by_the_very_person_who_asked_it_counts_for_nothing():
    company, certificate = kept_pair()
    work = asked(give_up(company))
    assert work.approval is not None
    with pytest.raises(errors.ApprovalOfOneself):
        approve(approval=work.approval, by=work.approval.asked_by, confirmed_at=NOW, now=timezone.now())
    # As a stolen web process would write it: approved, by nobody.
    type(work.approval).objects.filter(pk=work.approval.pk).update(state=ApprovalState.APPROVED)
    assert do(work).failure_code == "approval_missing"
    proving.prove_certificate_pair(certificate=certificate, by=Machine("test"), reason="test")


@pytest.mark.parametrize("who", ["ana", "eva"])
@pytest.mark.parametrize("loss", [{"is_active": False}, {"role": "auxiliar"}])
def test_the_word_of_a_partner_who_left_since_no_longer_counts(who, loss):
    company, certificate = kept_pair()
    work = allowed(give_up(company))
    Person.objects.filter(username=who).update(**loss)
    assert do(work).state == KeyWorkState.FAILED
    assert work.failure_code in {"approval_missing", "not_permitted"}
    proving.prove_certificate_pair(certificate=certificate, by=Machine("test"), reason="test")


def test_a_refusal_ends_it():
    company, certificate = kept_pair()
    work = asked(give_up(company))
    assert work.approval is not None
    refuse(approval=work.approval, by=partners()[1], now=timezone.now())
    assert held_works.works_waiting(timezone.now(), 10) == [work.pk]
    assert do(work).failure_code == "approval_missing"
    proving.prove_certificate_pair(certificate=certificate, by=Machine("test"), reason="test")
    # And it can be asked for again.
    assert do(allowed(company)).state == KeyWorkState.DONE


def test_a_company_that_is_still_looked_after_loses_nothing():
    company, _ = kept_pair()
    with pytest.raises(errors.CompanyStillOpen):
        asked(company)
    work = allowed(give_up(company))
    Company.objects.filter(pk=company.pk).update(closed_at=None)
    assert do(work).failure_code == "company_still_open"
    assert StoredSecret.objects.filter(company=company).count() == 2


def test_one_that_came_back_takes_the_word_of_the_two_with_it():
    company, certificate = kept_pair()
    work = allowed(give_up(company))
    now = timezone.now()
    offboarding.reopen(company=company, reason="Volvió", by=partners()[0], confirmed_at=now, now=now)
    # Given up a second time it is another wish: the word of then is not taken for it.
    company.refresh_from_db()
    give_up(company)
    assert do(work).failure_code == "approval_missing"
    proving.prove_certificate_pair(certificate=certificate, by=Machine("test"), reason="test")


def test_the_word_of_the_two_is_for_one_parting_only():
    """Also where somebody brought the company back past the verbs, and gave it up anew."""
    company, certificate = kept_pair()
    work = allowed(give_up(company))
    Company.objects.filter(pk=company.pk).update(closed_at=timezone.now())
    assert do(work).failure_code == "approval_missing"
    proving.prove_certificate_pair(certificate=certificate, by=Machine("test"), reason="test")


def test_a_second_erasure_finds_nothing_and_the_first_proof_stays():
    company, _ = kept_pair()
    do(allowed(give_up(company)))
    with pytest.raises(errors.NothingToErase):
        asked(company)
    assert Destruction.objects.count() == 1


def test_only_one_is_asked_for_at_a_time():
    company, _ = kept_pair()
    asked(give_up(company))
    with pytest.raises(errors.KeyWorkUnderWay):
        asked(company)


def test_a_company_that_comes_back_begins_anew_and_can_be_parted_from_again():
    company, certificate = kept_pair()
    do(allowed(give_up(company)))
    now = timezone.now()
    offboarding.reopen(company=company, reason="Volvió", by=partners()[0], confirmed_at=now, now=now)
    pair = make_pair("efirma")
    fresh = factories.certificate(company, pair)
    factories.sealed_key(fresh, pair)
    taking.take_custody_batch(limit=10, now=timezone.now())
    proving.prove_certificate_pair(certificate=fresh, by=Machine("test"), reason="test")
    certificate.refresh_from_db()
    assert certificate.pair_state == PairState.NO_KEY
    company.refresh_from_db()
    do(allowed(give_up(company)))
    nothing_left(company)
    assert Destruction.objects.filter(company=company).count() == 2


def test_what_was_not_in_custody_yet_goes_as_well():
    company, _ = kept_pair()
    pair = make_pair("efirma")
    factories.sealed_key(factories.certificate(company, pair), pair)
    work = do(allowed(give_up(company)))
    assert work.proof["secrets"] == 4
    nothing_left(company)


def test_keys_that_were_replaced_but_not_yet_destroyed_go_as_well():
    company, _ = kept_pair()
    CompanyKey.objects.filter(company=company).update(is_active=False)
    CompanyKey.objects.create(company=company, master_key_id="x", wrapped_key=b"x")
    assert do(allowed(give_up(company))).proof["data_keys"] == 2
    nothing_left(company)


def test_a_key_taken_into_custody_at_that_moment_is_not_written_under_any_key():
    company, _ = kept_pair()
    pair = make_pair("efirma")
    factories.sealed_key(factories.certificate(company, pair), pair)
    with meanwhile('FROM "renewals_companykey"', lambda: do(allowed(give_up(company)))):
        taking.take_custody_batch(limit=10, now=timezone.now())
    nothing_left(company)


def test_the_first_key_of_a_company_gets_no_data_key_once_the_company_is_gone():
    company = factories.company()
    pair = make_pair()
    factories.sealed_key(factories.certificate(company, pair), pair)
    # Between the question whether there is a data key and the making of one.
    with meanwhile('FROM "renewals_companykey"', lambda: do(allowed(give_up(company)))):
        taking.take_custody_batch(limit=10, now=timezone.now())
    nothing_left(company)
    assert Destruction.objects.get().key_ids == []


def test_a_passphrase_made_at_that_moment_is_not_written():
    company, _ = kept_pair()
    prepared = expecting.prepare_expected_key(company=company)
    do(allowed(give_up(company)))
    with pytest.raises(errors.DataKeyReplaced), transaction.atomic():
        expecting.expect_prepared(prepared, by=Machine("test"))
    with pytest.raises(errors.CompanyClosed):
        expecting.prepare_expected_key(company=company)
    nothing_left(company)


def test_a_checkout_prepared_at_that_moment_holds_nothing():
    company, certificate = kept_pair()
    now, checkout_id = timezone.now(), uuid4()
    place = Place(company.pk, checkout_id, intake_seal.TRANSPORT_KEY)
    checkout = Checkout.objects.create(
        pk=checkout_id,
        company=company,
        what="certificate_pair",
        certificate=certificate,
        person=partners()[0],
        reason="Entrar",
        mandate=company.mandates.first(),
        sealed_transport_key=intake_seal.seal(b"k" * 32, place=place),
        asked_at=now,
        expires_at=now + timedelta(minutes=10),
    )
    with meanwhile('FROM "renewals_storedkey"', lambda: do(allowed(give_up(company)))):
        preparing.prepare(checkout_id=checkout.pk, now=now)
    checkout.refresh_from_db()
    assert (checkout.state, checkout.package) == (CheckoutState.EXPIRED, None)
    nothing_left(company)


def test_keys_that_changed_between_signature_and_destruction_are_looked_at_again():
    company, _ = kept_pair()
    work = allowed(give_up(company))

    def another_key() -> None:
        CompanyKey.objects.filter(company=company).update(is_active=False)
        CompanyKey.objects.create(company=company, master_key_id="x", wrapped_key=b"x")

    with meanwhile('FROM "renewals_archive"', another_key):
        do(work)
    assert work.state == KeyWorkState.WORKING
    assert CompanyKey.objects.filter(company=company).count() == 2
    assert not Destruction.objects.exists()
    assert do(work).state == KeyWorkState.DONE
    assert len(Destruction.objects.get().key_ids) == 2


def test_a_row_that_claims_it_was_done_is_not_believed():
    """The web process may add works, and says in them what it likes."""
    company, _ = kept_pair()
    give_up(company)
    proof = {"data_keys": 1, "secrets": 2, "left": 0}
    forged = KeyWork.objects.create(
        kind="erase",
        company=company,
        state=KeyWorkState.WORKING,
        proof=proof,
        asked_by=partners()[0],
        asked_at=NOW,
        total=2,
        done=2,
    )
    assert do(forged).failure_code == "approval_missing"
    assert not Destruction.objects.exists()
    assert StoredSecret.objects.filter(company=company).count() == 2


def test_a_death_at_any_moment_leaves_all_or_nothing():
    numbers = iter(range(1, 1000))

    def prepare() -> KeyWork:
        # More than the vault worker destroys in a day.
        Destruction.objects.update(destroyed_at=timezone.now() - timedelta(days=2))
        return allowed(give_up(company_with_secrets(next(numbers))))

    def run(work: KeyWork) -> None:
        do(work)

    def check(work: KeyWork) -> None:
        company = work.company
        assert company is not None
        destroyed = Destruction.objects.filter(company=company).exists()
        if destroyed:
            nothing_left(company)
        else:
            assert CompanyKey.objects.filter(company=company).count() == 1
            assert StoredSecret.objects.filter(company=company).count() == 2
        assert do(work, after_the_lease()).state == KeyWorkState.DONE
        nothing_left(company)
        assert Destruction.objects.filter(company=company).count() == 1
        told = [event.name for event in history_of_company(company)]
        assert told.count("company.keys_destroyed") == 1
        assert told.count("approval.used") == 1

    assert every_boundary(prepare=prepare, run=run, check=check) >= 18
