"""Does rotating the master key over 50,000 data keys cost at most twice what it cannot do without?

The floor: as many AES-256-GCM decryptions and encryptions, each bound to its company and key, with both ciphers made
beforehand, and ``executemany`` of the same updates in one transaction, from and to a copy of the table. Ours does the
same from the rows of the database, in batches of one transaction and one event each, opens every key under the new
master key before the bytes it replaces are gone, and ends with the proof: what is left is counted by the bytes of every
row, and a sample is opened from the database. On SQLite, which waits for the disk at every commit.
"""

import os
import sys
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from benchmarks.program import empty_database
from benchmarks.ratio import ratio
from renewals.audit import Machine
from renewals.models import Company, KeyWork, KeyWorkState
from renewals.models.stored_key import CompanyKey
from renewals.vault import envelope, key_works, keyring, rotating
from renewals.vault.initialising import initialise

PROMISE = 2.0
KEYS = 50_000
ROUNDS = 7
BY = Machine("benchmark")
UPDATE = "UPDATE floor SET master_key_id = %s, wrapped_key = %s WHERE id = %s AND wrapped_key = %s"


def main() -> int:
    """Measure, print the ratio, and say whether the promise holds."""
    empty_database()
    folder = _be_the_vault_worker()
    _fill()
    floor = _Floor()
    found = ratio(lambda: _rotate(folder), floor.rotate, rounds=ROUNDS)
    print(f"rotate_keys: {found:.2f} times the bare calls and updates for {KEYS} keys (promise: at most {PROMISE})")
    return 0 if found <= PROMISE else 1


def _be_the_vault_worker() -> Path:
    """With two master keys, one of them active."""
    folder = Path(mkdtemp(dir=settings.FIRM_HOME)) / "vault"
    settings.PROCESS_ROLE = "vault"
    settings.MASTER_KEYS_DIR = str(folder)
    settings.INTAKE_PUBLIC_KEY = initialise(by=BY)
    another = folder / "mk-other.key"
    another.write_bytes(os.urandom(32))
    another.chmod(0o600)
    return folder


def _fill() -> None:
    """A company for each data key, all under the active master key."""
    master = keyring.load().active
    companies = Company.objects.bulk_create(
        (
            Company(rfc=f"E{number:08d}AB1", name=f"Empresa {number}", search_name=f"EMPRESA {number}")
            for number in range(KEYS)
        ),
        batch_size=5_000,
    )
    rows = []
    for company in companies:
        key_id = uuid4()
        wrapped = envelope.wrap_company_key(os.urandom(32), master=master, company_id=company.pk, key_id=key_id.hex)
        rows.append(CompanyKey(pk=key_id, company=company, master_key_id=master.key_id, wrapped_key=wrapped))
    CompanyKey.objects.bulk_create(rows, batch_size=5_000)


def _rotate(folder: Path) -> None:
    """To the master key that is not the active one, and there and back at every other call."""
    active = folder / "active"
    (other,) = {path.stem for path in folder.glob("*.key")} - {active.read_text()}
    active.write_text(other)
    work = rotating.ask_rotation(by=BY, confirmed_at=None, now=timezone.now())
    while work.state not in {KeyWorkState.DONE, KeyWorkState.FAILED}:
        key_works.do(work_id=work.pk, now=timezone.now())
        work = KeyWork.objects.get(pk=work.pk)
    if (work.proof.get("companykey"), work.done) != (KEYS, KEYS + 1):
        raise SystemExit("not every key was rotated")


class _Floor:
    """The same without everything that makes it safe, on a copy of the table with the same indexes."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'renewals_companykey' AND sql IS NOT NULL")
            for (sql,) in cursor.fetchall():
                cursor.execute(sql.replace("renewals_companykey", "floor").replace("one_active_company_key", "one"))
            cursor.execute("INSERT INTO floor SELECT * FROM renewals_companykey ORDER BY company_id")
            cursor.execute("SELECT id, company_id, wrapped_key FROM floor ORDER BY company_id")
            stored = cursor.fetchall()
        self.old, self.new = AESGCM(os.urandom(32)), AESGCM(os.urandom(32))
        self.keys = []
        for key_id, company_id, _ in stored:
            nonce = os.urandom(12)
            body = nonce + self.old.encrypt(nonce, os.urandom(32), self.bound(company_id, key_id))
            self.keys.append((key_id, company_id, body))
        self.write([(key_id, body, was) for (key_id, _, body), (_, _, was) in zip(self.keys, stored, strict=True)])

    def rotate(self) -> None:
        """Unwrap, wrap, write."""
        changes, keys = [], []
        for key_id, company_id, body in self.keys:
            secret = self.old.decrypt(body[:12], body[12:], self.bound(company_id, key_id))
            nonce = os.urandom(12)
            fresh = nonce + self.new.encrypt(nonce, secret, self.bound(company_id, key_id))
            changes.append((key_id, fresh, body))
            keys.append((key_id, company_id, fresh))
        self.write(changes)
        self.keys, self.old, self.new = keys, self.new, self.old

    def write(self, changes: list[tuple[str, bytes, bytes]]) -> None:
        """All at once."""
        name = os.urandom(4).hex()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(UPDATE, [(name, fresh, key_id, was) for key_id, fresh, was in changes])
            if cursor.rowcount != KEYS:
                raise SystemExit("the floor did not write every key")

    @staticmethod
    def bound(company_id: int, key_id: str) -> bytes:
        """What a key is bound to, as short as it can be said."""
        return f"company key {company_id} {key_id}".encode()


if __name__ == "__main__":
    sys.exit(main())
