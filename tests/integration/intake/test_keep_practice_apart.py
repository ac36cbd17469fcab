"""Do certificates for practice stay with the companies for practice, whichever way they come in?"""

from datetime import timedelta

import pytest
from django.utils import timezone

from renewals.desk.demo.authorities import authority_for
from renewals.errors.practice import PracticeCertificate
from renewals.intake.importing import import_files
from renewals.intake.pairs import take_in
from renewals.models import Certificate, Company
from renewals.pki.certificate import CertificateKind
from renewals.procedure.handed import Upload
from tests import factories
from tests.pairs import PASSPHRASE, RFC, Pair, make_pair, pooled_key
from tests.walks import begin

pytestmark = pytest.mark.django_db


def for_practice(*, rfc: str = RFC, key=None, days: int = 700) -> Pair:
    """A pair of the demo firm's own authority, which marks what it issues."""
    now, key = timezone.now(), key or pooled_key()
    certificate = authority_for(CertificateKind.NPIE, now=now).issue(
        key.public_key(),
        kind=CertificateKind.NPIE,
        rfc=rfc,
        name="ESCUELA KEMPER URGATE",
        registro_patronal="Y5400001102",
        not_before=now - timedelta(hours=1),
        not_after=now + timedelta(days=days),
    )
    return Pair(certificate=certificate, key=key, passphrase=PASSPHRASE)


@pytest.fixture(autouse=True)
def _home(settings, tmp_path):
    settings.FIRM_HOME = tmp_path


def given(by, pair, **terms):
    return take_in(
        certificate=pair.certificate,
        key=pair.key_file,
        passphrase=pair.passphrase,
        by=by,
        now=timezone.now(),
        **terms,
    )


@pytest.mark.parametrize("is_named", [True, False])
def test_a_real_company_refuses_a_certificate_for_practice(vault_keys, beto, is_named):
    company = factories.company(responsible=beto)
    with pytest.raises(PracticeCertificate) as refused:
        given(beto, for_practice(), company=company if is_named else None)
    assert refused.value.facts["field"] == "certificate"
    assert not Certificate.objects.exists()


def test_a_practice_company_takes_it(vault_keys, beto):
    factories.company(responsible=beto, is_demo=True)
    assert given(beto, for_practice()).certificate.company.is_demo


def test_it_never_makes_a_new_company(vault_keys, ana):
    with pytest.raises(PracticeCertificate):
        given(ana, for_practice(), create=True)
    assert not Company.objects.exists()


def test_a_folder_with_one_takes_the_others_in(vault_keys, ana, tmp_path):
    factories.company(responsible=ana)
    folder = tmp_path / "folder"
    folder.mkdir()
    real = make_pair("npie")
    (folder / "practice.cer").write_bytes(for_practice().certificate)
    (folder / "real.cer").write_bytes(real.certificate)
    outcomes = import_files([str(folder)], passphrases=[], by=ana, now=timezone.now())
    assert [one.error.code for one in outcomes if one.error] == ["practice_certificate"]
    assert [one.sha256 for one in Certificate.objects.all()] == [real.facts.sha256]


@pytest.mark.django_db(transaction=True)
def test_a_real_renewal_refuses_it_at_the_step_of_the_new_certificate(vault_keys):
    walk = begin().to("certificate_saved")
    new = for_practice(rfc=walk.renewal.company.rfc, key=walk.new_key)
    with pytest.raises(PracticeCertificate):
        walk.hand_in(files={"certificate_file": Upload("nuevo.cer", new.certificate)})
    assert walk.row.key == "certificate_saved"
