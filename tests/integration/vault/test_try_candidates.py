"""Does a passphrase that somebody remembers open the key that nobody could open, within bounds and shown to nobody?"""

import pytest
from django.utils import timezone

from renewals.audit import Machine
from renewals.errors import KeyAlreadyKept
from renewals.errors.pending_keys import TooManyCandidates
from renewals.errors.playbooks import NothingToTry
from renewals.models import Certificate, PairState
from renewals.models.event import Event
from renewals.models.stored_key import StoredKey, StoredSecret
from renewals.vault import candidates
from renewals.vault.candidates import Candidates
from renewals.vault.facts import key_facts, key_id_of, last_refusal
from tests import factories
from tests.pairs import make_pair
from tests.walks import run_workers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("vault_keys")]

BY = Machine("client_link")


def locked() -> tuple[Certificate, str]:
    """A certificate whose key file came without its passphrase; and that passphrase."""
    pair = make_pair("npie", passphrase="LaDeHaceDosAnios1")
    certificate = factories.certificate(factories.company(), pair)
    keep(certificate, pair.key_file)
    return certificate, pair.passphrase


def keep(certificate: Certificate, file: bytes, container: str = "private_key") -> None:
    sealed = candidates.seal_unopened(company_id=certificate.company_id, container=container, data=file)
    candidates.keep_key_file(sealed, certificate=certificate, by=BY)


def offer(certificate: Certificate, passphrase: str) -> None:
    sealed = candidates.seal_passphrase(company_id=certificate.company_id, passphrase=passphrase)
    candidates.keep_passphrase(sealed, certificate=certificate, by=BY)


def test_a_passphrase_that_fits_brings_the_key_into_custody_and_the_others_are_destroyed():
    certificate, right = locked()
    offer(certificate, "NoEsEsta123")
    run_workers()
    assert candidates.candidates_of(certificate) == Candidates(files=1, passphrases=1, is_trying=False)
    refusal = last_refusal(certificate)
    assert refusal is not None
    assert refusal[0] == "wrong_passphrase"
    offer(certificate, right)
    run_workers()
    certificate.refresh_from_db()
    assert certificate.pair_state == PairState.IN_CUSTODY
    key_id = key_id_of(certificate)
    assert key_id is not None
    assert key_facts(key_id).state == "proved"
    assert StoredSecret.objects.count() == 2
    assert right not in str(list(Event.objects.values_list("facts", flat=True)))
    with pytest.raises(KeyAlreadyKept):
        offer(certificate, "DemasiadoTarde1")


def test_the_passphrase_of_another_key_of_the_company_is_tried_too():
    certificate, right = locked()
    run_workers()
    other = make_pair("efirma", passphrase=right)
    factories.sealed_key(factories.certificate(certificate.company, other), other)
    run_workers()
    assert candidates.ask_to_try(certificate=certificate, by=BY)
    run_workers()
    certificate.refresh_from_db()
    assert certificate.pair_state == PairState.IN_CUSTODY


def test_nobody_guesses_without_end():
    certificate, _ = locked()
    for number in range(candidates.MOST_PASSPHRASES):
        offer(certificate, f"Intento{number:04d}")
    with pytest.raises(TooManyCandidates):
        offer(certificate, "UnoMas0000")
    assert candidates.try_candidates(certificate_id=certificate.pk, now=timezone.now()) is False
    opened = Event.objects.filter(name="key.opened").count()
    candidates.ask_to_try(certificate=certificate, by=BY)
    candidates.try_candidates(certificate_id=certificate.pk, now=timezone.now())
    assert not candidates.candidates_of(certificate).is_trying
    assert Event.objects.filter(name="key.opened").count() > opened


def test_no_passphrase_is_taken_while_no_file_is_kept_that_it_could_open():
    certificate = factories.certificate(factories.company(), make_pair(), pair_state="no_key")
    with pytest.raises(NothingToTry):
        offer(certificate, "ParaNada1234")
    assert not StoredSecret.objects.exists()


def test_what_no_try_reached_is_not_called_wrong_and_is_tried_on_the_next_file():
    pair, another = make_pair(passphrase="LaBuena1234"), make_pair(passphrase="LaDelOtro1234")
    certificate = factories.certificate(factories.company(), pair, pair_state="no_key")
    keep(certificate, another.key_file)
    offer(certificate, another.passphrase)
    offer(certificate, pair.passphrase)
    run_workers()
    assert candidates.candidates_of(certificate) == Candidates(files=0, passphrases=2, is_trying=False)
    assert set(StoredKey.objects.filter(key_secret=None).values_list("failure_code", flat=True)) == {
        candidates.NOT_TRIED
    }, "the file is of another key: that says nothing about the passphrases"
    keep(certificate, pair.pfx(), "pfx")
    run_workers()
    certificate.refresh_from_db()
    assert certificate.pair_state == PairState.IN_CUSTODY


def test_the_same_file_is_kept_once():
    pair = make_pair()
    certificate = factories.certificate(factories.company(), pair, pair_state="no_key")
    for _ in range(candidates.MOST_FILES + 1):
        keep(certificate, pair.key_file)
    assert candidates.candidates_of(certificate).files == 1


def test_passphrases_are_destroyed_where_the_key_came_another_way():
    certificate, _ = locked()
    offer(certificate, "NoEsEsta123")
    run_workers()
    pair = make_pair("npie", passphrase="LaDeHaceDosAnios1")
    factories.sealed_key(certificate, pair)
    Certificate.objects.filter(pk=certificate.pk).update(pair_state=PairState.IN_CUSTODY)
    assert candidates.certificates_waiting(timezone.now(), 10) == [certificate.pk]
    assert candidates.try_candidates(certificate_id=certificate.pk, now=timezone.now()) is False
    assert candidates.candidates_of(certificate).passphrases == 0
    assert candidates.certificates_waiting(timezone.now(), 10) == []


def test_a_look_that_takes_too_long_goes_on_at_the_next(monkeypatch):
    certificate, right = locked()
    offer(certificate, right)
    monkeypatch.setattr(candidates, "WORK_SECONDS", -1)
    assert candidates.try_candidates(certificate_id=certificate.pk, now=timezone.now()) is False
    monkeypatch.undo()
    assert candidates.certificates_waiting(timezone.now(), 10) == [certificate.pk]
    run_workers()
    certificate.refresh_from_db()
    assert certificate.pair_state == PairState.IN_CUSTODY
