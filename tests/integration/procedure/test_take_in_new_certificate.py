"""Does a renewal take exactly the certificate it was made for, and nothing half?"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate
from django.utils import timezone

from renewals import errors
from renewals.models import Certificate, Evidence, PairState, StepState
from renewals.pki.pfx import build_pfx
from renewals.procedure.handed import Upload
from renewals.vault.facts import key_id_of
from tests import factories
from tests.meanwhile import meanwhile
from tests.pairs import Pair, make_pair
from tests.walks import Walk, begin, run_workers

pytestmark = pytest.mark.django_db(transaction=True)


def hand_in(walk: Walk, certificate: bytes) -> None:
    walk.hand_in(files={"certificate_file": Upload("nuevo.cer", certificate)})


def nothing_was_kept(walk: Walk) -> None:
    assert not Certificate.objects.filter(born_in=walk.renewal).exists()
    assert not Evidence.objects.filter(step__renewal=walk.renewal, step__key="certificate_saved").exists()
    assert walk.row.state == StepState.PENDING


def test_the_new_certificate_stands_beside_the_old_one_until_the_end(vault_keys: Path):
    walk = begin().to("certificate_saved")
    hand_in(walk, walk.new.certificate)
    new, old = walk.new_certificate, walk.old_certificate
    assert (new.is_primary, new.predecessor, new.pair_state) == (False, None, PairState.IN_CUSTODY)
    assert (old.is_primary, old.retired_at) == (True, None)
    assert key_id_of(new) == walk.renewal.pending_key_id


def test_a_certificate_in_pem_is_read_as_well(vault_keys: Path):
    walk = begin().to("certificate_saved")
    hand_in(walk, load_der_x509_certificate(walk.new.certificate).public_bytes(Encoding.PEM))
    assert walk.row.key == "terms_offered_again"


def test_a_registro_patronal_that_the_company_had_not_is_added(vault_keys: Path):
    walk = begin().to("certificate_saved")
    assert not walk.renewal.company.registros_patronales.exists()
    hand_in(walk, walk.new.certificate)
    assert [one.number for one in walk.new_certificate.registros_patronales.all()] == ["Y5400001102"]


def test_a_shorter_validity_is_taken_and_flagged(vault_keys: Path):
    walk = begin().to("certificate_saved")
    hand_in(walk, walk.issued(not_after=timezone.now() + timedelta(days=180)).certificate)
    facts = Evidence.objects.get(step__key="certificate_saved").facts
    assert facts["shorter_validity"] is True


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"rfc": "XIA190128J61"}, errors.CertificateOfAnotherHolder),
        ({"registro_patronal": "A0100001104"}, errors.CertificateOfAnotherRegistro),
        ({"not_after": timezone.now() - timedelta(minutes=1)}, errors.CertificateExpired),
        ({"not_before": timezone.now() + timedelta(days=3)}, errors.CertificateNotYetValid),
        ({"not_before": timezone.now() - timedelta(days=1500)}, errors.CertificateNotNewer),
    ],
)
def test_what_does_not_agree_is_refused_and_nothing_is_kept(
    vault_keys: Path, changes: dict[str, object], refusal: type[errors.Refusal]
):
    walk = begin().to("certificate_saved")
    with pytest.raises(refusal):
        hand_in(walk, walk.issued(**changes).certificate)
    nothing_was_kept(walk)


def test_the_certificate_of_another_key_is_refused(vault_keys: Path):
    walk = begin().to("certificate_saved")
    with pytest.raises(errors.CertificateOfAnotherPendingKey):
        hand_in(walk, make_pair("npie", rfc=walk.renewal.company.rfc).certificate)
    nothing_was_kept(walk)


def test_the_old_certificate_again_is_refused(vault_keys: Path):
    walk = begin().to("certificate_saved")
    with pytest.raises(errors.CertificateOfAnotherPendingKey):
        hand_in(walk, walk.old.certificate)
    nothing_was_kept(walk)


@pytest.mark.parametrize("data", [b"", b"nada que ver" * 100, b"\x30\x82\xff\xff\x00"])
def test_noise_is_refused(vault_keys: Path, data: bytes):
    walk = begin().to("certificate_saved")
    with pytest.raises(errors.Refusal):
        hand_in(walk, data)
    nothing_was_kept(walk)


def test_a_key_in_the_place_of_the_certificate_is_refused_by_what_it_is(vault_keys: Path):
    walk = begin().to("certificate_saved")
    with pytest.raises(errors.UnexpectedContent) as refused:
        hand_in(walk, walk.new.key_file)
    assert refused.value.facts == {"expected": "certificate", "found": "private_key"}


def test_a_certificate_that_somebody_uploaded_on_its_own_before_is_adopted(vault_keys: Path):
    walk = begin().to("certificate_saved")
    new = walk.new
    early = factories.certificate(walk.renewal.company, new, is_primary=False)
    hand_in(walk, new.certificate)
    assert walk.new_certificate == early


def test_a_certificate_that_has_a_key_already_is_not_taken_for_new(vault_keys: Path):
    walk = begin().to("certificate_saved")
    new = walk.new
    early = factories.certificate(walk.renewal.company, new, is_primary=False)
    factories.sealed_key(early, new)
    with pytest.raises(errors.CertificateNotNew):
        hand_in(walk, new.certificate)


def test_a_certificate_that_somebody_uploads_at_this_moment_is_not_taken_for_new(vault_keys: Path):
    walk = begin().to("certificate_saved")
    new = walk.new

    def upload() -> None:
        factories.certificate(walk.renewal.company, new, is_primary=False)

    with meanwhile('"serial" = ', upload), pytest.raises(errors.CertificateNotNew):
        hand_in(walk, new.certificate)
    assert walk.row.state == StepState.PENDING


def test_a_renewal_that_got_its_certificate_at_this_moment_gets_no_second_one(vault_keys: Path):
    walk = begin().to("certificate_saved")
    new, other = walk.new, make_pair("npie", rfc=walk.renewal.company.rfc)

    def link_another() -> None:
        row = factories.certificate(walk.renewal.company, other, is_primary=False)
        type(walk.renewal).objects.filter(pk=walk.renewal.pk).update(new_certificate=row)

    with meanwhile('FROM "renewals_registropatronal"', link_another), pytest.raises(errors.AlreadyMoved):
        hand_in(walk, new.certificate)
    assert not Certificate.objects.filter(sha256=new.facts.sha256).exists()


# --- the general plan: certificate and key together


def pair_files(pair: Pair) -> dict[str, Upload]:
    return {
        "certificate_file": Upload("nuevo.cer", pair.certificate),
        "key_file": Upload("nuevo.key", pair.key_file),
    }


@pytest.mark.parametrize("kind", ["efirma", "csd"])
def test_a_new_pair_is_proved_at_the_door_and_again_in_the_vault(vault_keys: Path, kind: str):
    walk = begin(kind).to("take_in")
    walk.hand_in(files=pair_files(walk.new), passphrase=walk.new.passphrase)
    assert (walk.row.state, walk.new_certificate.pair_state) == (StepState.WORKING, PairState.SEALED)
    run_workers()
    assert (walk.row.key, walk.new_certificate.pair_state) == ("confirm", PairState.IN_CUSTODY)


def test_a_pfx_alone_is_a_pair(vault_keys: Path):
    walk = begin("efirma").to("take_in")
    new = walk.new
    pfx = build_pfx(new.key, new.certificate, "ClaveNueva2026", windows_compatible=False)
    walk.hand_in(files={"certificate_file": Upload("nuevo.cer", pfx)}, passphrase="ClaveNueva2026")
    run_workers()
    assert walk.row.key == "confirm"


def test_a_wrong_passphrase_is_told_at_once(vault_keys: Path):
    walk = begin("csd").to("take_in")
    with pytest.raises(errors.WrongPassphrase):
        walk.hand_in(files=pair_files(walk.new), passphrase="no-es-esta")
    assert not Certificate.objects.filter(born_in=walk.renewal).exists()


def test_the_pair_of_another_client_is_refused_by_name(vault_keys: Path):
    walk = begin("csd").to("take_in")
    other = walk.issued(rfc="XIA190128J61", name="XENON INDUSTRIAL ARTICLES")
    with pytest.raises(errors.CertificateOfAnotherHolder) as refused:
        walk.hand_in(files=pair_files(other), passphrase=other.passphrase)
    assert refused.value.facts["found_name"] == "XENON INDUSTRIAL ARTICLES"


def test_an_efirma_does_not_replace_a_csd(vault_keys: Path):
    walk = begin("csd").to("take_in")
    other = make_pair("efirma", rfc=walk.renewal.company.rfc)
    with pytest.raises(errors.CertificateOfAnotherKind):
        walk.hand_in(files=pair_files(other), passphrase=other.passphrase)


def test_the_old_key_under_a_new_certificate_is_refused(vault_keys: Path):
    walk = begin("csd").to("take_in")
    same = walk.issued(key=walk.old.key)
    with pytest.raises(errors.KeySeenBefore):
        walk.hand_in(files=pair_files(same), passphrase=same.passphrase)


def test_a_certificate_without_its_key_is_refused(vault_keys: Path):
    walk = begin("csd").to("take_in")
    files = {"certificate_file": Upload("nuevo.cer", walk.new.certificate)}
    with pytest.raises(errors.FileMissing):
        walk.hand_in(files=files, passphrase="da igual")
