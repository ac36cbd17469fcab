"""Does a passphrase that somebody remembers open the key that nobody could open, within bounds and shown to nobody?"""

import pytest
from django.utils import timezone

from renewals.audit import Machine
from renewals.errors import KeyAlreadyKept
from renewals.errors.pending_keys import TooManyCandidates
from renewals.models import Certificate, PairState
from renewals.models.event import Event
from renewals.models.stored_key import StoredSecret
from renewals.vault import candidates
from renewals.vault.candidates import Candidates
from renewals.vault.facts import key_facts, key_id_of, last_refusal
from renewals.vault.storing import seal_key_file
from tests import factories
from tests.pairs import make_pair
from tests.walks import run_workers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("vault_keys")]

BY = Machine("client_link")


def locked() -> tuple[Certificate, str]:
    """A certificate whose key file came without its passphrase; and that passphrase."""
    pair = make_pair("npie", passphrase="LaDeHaceDosAnios1")
    certificate = factories.certificate(factories.company(), pair)
    sealed = seal_key_file(company_id=certificate.company_id, data=pair.key_file, passphrase=None)
    candidates.keep_key_file(sealed, certificate=certificate, by=BY)
    return certificate, pair.passphrase


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
