"""Is nothing half-saved wherever a process dies, and does bringing the same again finish it?"""

import itertools

import pytest

from renewals import audit
from renewals.audit import Machine
from renewals.errors import CertificateAlreadyHere
from renewals.intake.importing import import_files
from renewals.intake.pairs import take_in
from renewals.models import Certificate, Company, PairState, Person
from renewals.vault.facts import key_id_of
from tests.integration.intake.door import NOW
from tests.killing import every_boundary
from tests.pairs import PASSPHRASE, make_pair

pytestmark = pytest.mark.django_db(transaction=True)

_numbers = itertools.count(100)


def of_a_new_company(**changes):
    """A pair of a company that nobody has yet."""
    return make_pair("efirma", rfc=f"EKU900101{next(_numbers)}", **changes)


def is_whole(pair):
    """The certificate with its key and its history, or nothing of it."""
    row = Certificate.objects.filter(sha256=pair.facts.sha256).first()
    if row is None:
        return False
    assert row.pair_state == PairState.SEALED
    assert key_id_of(row) is not None
    assert {event.name for event in audit.history_of(row)} >= {"certificate.taken_in"}
    return True


def test_a_pair_at_the_door_is_whole_or_not_there():
    somebody = Person.objects.create(username="beto", role="socio")

    def bring(pair):
        take_in(
            certificate=pair.certificate, key=pair.key_file, passphrase=PASSPHRASE, by=somebody, now=NOW, create=True
        )

    def check(pair):
        if is_whole(pair):
            with pytest.raises(CertificateAlreadyHere):
                bring(pair)
        else:
            bring(pair)
        assert is_whole(pair)
        assert Company.objects.with_rfc(pair.facts.rfc).count() == 1

    assert every_boundary(prepare=of_a_new_company, run=bring, check=check) > 10


def test_a_folder_is_finished_by_the_next_run(tmp_path):
    numbers = itertools.count()

    def folder():
        here = tmp_path / str(next(numbers))
        here.mkdir()
        pairs = [of_a_new_company(), of_a_new_company()]
        for number, pair in enumerate(pairs):
            (here / f"{number}.cer").write_bytes(pair.certificate)
            (here / f"{number}.key").write_bytes(pair.key_file)
        return here, pairs

    def bring(told):
        here, _ = told
        return import_files(
            [str(here)], passphrases=[PASSPHRASE], by=Machine("import_files"), now=NOW, create_companies=True
        )

    def check(told):
        _, pairs = told
        assert len({is_whole(pair) for pair in pairs}) == 1, "a batch is kept as one"
        assert {one.outcome for one in bring(told)} <= {"imported", "paired", "already_here"}
        assert all(is_whole(pair) for pair in pairs)
        assert {one.outcome for one in bring(told)} == {"already_here"}

    assert every_boundary(prepare=folder, run=bring, check=check) > 15
