"""Does opening one pair cost at most 1.3 times the bare decryptions and the durable insert of its event?

The floor: one event inserted in a transaction of its own, then the data key unwrapped and key file and passphrase
decrypted, with ciphers made for each and everything read beforehand. Ours is a block of ``opening`` as every verb of
the vault uses it: the folder of master keys read and compared with the record, the event written, the wrapped data key
fetched, both secrets opened and overwritten at the end. On SQLite, which waits for the disk at every commit: nothing is
opened before its event is safe, and that wait is most of either.
"""

import os
import sys
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from benchmarks.program import empty_database
from benchmarks.ratio import ratio
from renewals import audit
from renewals.audit import Entry, Machine
from renewals.models import Company
from renewals.models.stored_key import KeyState, SecretKind, StoredKey, StoredSecret
from renewals.vault import data_keys, envelope, keyring
from renewals.vault.envelope import Place
from renewals.vault.initialising import initialise
from renewals.vault.keys import proved_key
from renewals.vault.opening import opening, subject_of

PROMISE = 1.3
OPENINGS = 200
ROUNDS = 9
BY = Machine("benchmark")
#: As large as a key file of 2,048 bits and a passphrase are.
FILE, PASSPHRASE = os.urandom(1_298), b"Medida2026"


def main() -> int:
    """Measure, print the ratio, and say whether the promise holds."""
    empty_database()
    settings.PROCESS_ROLE = "vault"
    settings.MASTER_KEYS_DIR = str(Path(mkdtemp(dir=settings.FIRM_HOME)) / "vault")
    settings.INTAKE_PUBLIC_KEY = initialise(by=BY)
    key = _pair_in_custody()
    floor = _Floor(key)

    def ours() -> None:
        for _ in range(OPENINGS):
            with opening(rows=[key], by=BY, reason="benchmark") as opener:
                if opener.file_of(key) != FILE or bytes(opener.passphrase_of(key) or b"") != PASSPHRASE:
                    raise SystemExit("the pair did not open")

    found = ratio(ours, floor.open, rounds=ROUNDS)
    print(f"open_pair: {found:.2f} times the bare decryptions and the event (promise: at most {PROMISE})")
    return 0 if found <= PROMISE else 1


def _pair_in_custody() -> StoredKey:
    company = Company.objects.create(rfc="EKU9003173C9", name="Escuela Kemper", search_name="ESCUELA KEMPER")
    ring = keyring.load()
    under = data_keys.unwrapped(data_keys.wrapped_for({company.pk}, keyring=ring)[company.pk], ring)
    secrets = []
    for kind, clear in ((SecretKind.PRIVATE_KEY, FILE), (SecretKind.PASSPHRASE, PASSPHRASE)):
        secret_id = uuid4()
        sealed = envelope.encrypt_secret(clear, key=under, place=Place(company.pk, secret_id, kind.value))
        secrets.append(StoredSecret.objects.create(pk=secret_id, company=company, kind=kind, sealed=sealed))
    row = StoredKey.objects.create(
        company=company,
        key_secret=secrets[0],
        passphrase_secret=secrets[1],
        state=KeyState.PROVED,
        proved_at=timezone.now(),
    )
    return proved_key(row.pk)


class _Floor:
    """An event, and three decryptions."""

    def __init__(self, key: StoredKey) -> None:
        self.key = key
        self.sealed = []
        data_key = os.urandom(32)
        for under, clear in ((os.urandom(32), data_key), (data_key, FILE), (data_key, PASSPHRASE)):
            nonce, bound = os.urandom(12), os.urandom(80)
            self.sealed.append((under, nonce, AESGCM(under).encrypt(nonce, clear, bound), bound))

    def open(self) -> None:
        """As often as ours."""
        for _ in range(OPENINGS):
            with transaction.atomic(durable=True):
                subject, company_id = subject_of(self.key), self.key.company_id
                told = {"reason": "benchmark", "key": str(self.key.pk)}
                audit.record_many([Entry(name="key.opened", by=BY, subject=subject, company_id=company_id, facts=told)])
            for under, nonce, body, bound in self.sealed:
                AESGCM(under).decrypt(nonce, body, bound)


if __name__ == "__main__":
    sys.exit(main())
