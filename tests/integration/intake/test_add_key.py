"""How does a certificate that came without its key get one?"""

import pytest

from renewals.errors import (
    KeyAlreadyKept,
    KeyOfAnotherCertificate,
    NothingGiven,
    Refusal,
    UnexpectedContent,
    WrongPassphrase,
)
from renewals.intake.pairs import add_key
from renewals.models import PairState
from tests.integration.intake.door import NOW, rows_of_every_table, taken
from tests.pairs import PASSPHRASE, make_pair

pytestmark = pytest.mark.django_db


def test_a_key_is_added_once(company, beto):
    pair = make_pair()
    row = taken(beto, pair, key=None, passphrase=None).certificate
    answer = add_key(certificate=row, key=pair.key_file, passphrase=PASSPHRASE, by=beto, now=NOW)
    assert answer.certificate.pair_state == PairState.SEALED

    with pytest.raises(KeyAlreadyKept):
        add_key(certificate=row, key=pair.key_file, passphrase=PASSPHRASE, by=beto, now=NOW)


@pytest.mark.parametrize(
    ("key", "passphrase", "refusal"),
    [
        (lambda pair: make_pair().key_file, PASSPHRASE, KeyOfAnotherCertificate),
        (lambda pair: pair.key_file, "otra", WrongPassphrase),
        (lambda pair: pair.certificate, PASSPHRASE, UnexpectedContent),
        (lambda pair: None, PASSPHRASE, NothingGiven),
    ],
)
def test_a_key_that_does_not_fit_is_not_added(company, beto, key, passphrase, refusal):
    pair = make_pair()
    row = taken(beto, pair, key=None, passphrase=None).certificate

    before = rows_of_every_table()
    with pytest.raises(refusal):
        add_key(certificate=row, key=key(pair), passphrase=passphrase, by=beto, now=NOW)
    assert rows_of_every_table() == before
    row.refresh_from_db()
    assert row.pair_state == PairState.NO_KEY


def test_no_refusal_repeats_the_passphrase(company, beto):
    secret = "Secreta-Ñandú-77"
    with pytest.raises(Refusal) as caught:
        taken(beto, make_pair(), passphrase=secret)
    assert secret not in f"{caught.value!r} {caught.value.args} {caught.value.facts}"
