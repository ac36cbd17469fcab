"""Who can read an archive? The holders of the private halves of BACKUP_RECIPIENTS, and nobody who only wrote it.

The format is age (https://age-encryption.org/v1): the public halves encrypt, so the machine that writes an archive
cannot read it, and any age program opens it.
"""

import hashlib
import os
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import pyrage
from django.conf import settings
from pyrage.x25519 import Identity, Recipient

from renewals.errors import (
    ArchiveDamaged,
    ArchiveForOthers,
    ArchiveNotOurs,
    ArchiveUnreadable,
    BackupRecipientMissing,
    IdentityUnreadable,
    NotARecipient,
    Refusal,
)

#: What pyrage says of a file that is no age file, and of one that none of the identities opens.
_NO_AGE_FILE, _NOT_FOR_US = "Header is invalid", "No matching keys found"


def recipients() -> list[Recipient]:
    """Those who are to read what this process writes.

    Raises:
        BackupRecipientMissing: none are named.
        NotARecipient: one of them is no public age key.
    """
    named = [one for one in re.split(r"[\s,]+", settings.BACKUP_RECIPIENTS) if one]
    if not named:
        raise BackupRecipientMissing
    found = []
    for position, text in enumerate(named, start=1):
        try:
            found.append(Recipient.from_str(text))
        except pyrage.RecipientError:
            raise NotARecipient(position=position) from None
    return found


def new_identity() -> tuple[str, str]:
    """The private and the public half of a new recipient, as age writes them."""
    identity = Identity.generate()
    return str(identity), str(identity.to_public())


def identities_from(path: Path) -> list[Identity]:
    """The private halves that a file holds, one a line, as ``age-keygen`` or ``backup_identity`` wrote it.

    Raises:
        IdentityUnreadable: it cannot be read, or holds none.
    """
    try:
        lines = path.read_text().splitlines()
        found = [Identity.from_str(line.strip()) for line in lines if line.strip() and not line.startswith("#")]
    except (OSError, UnicodeDecodeError, pyrage.IdentityError):
        raise IdentityUnreadable from None
    if not found:
        raise IdentityUnreadable
    return found


class _Pulled:
    """Pieces as a stream that age reads from."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._ahead = b""
        #: What went wrong while a piece was made: age would only repeat its text.
        self.fault: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            while not self._ahead:
                self._ahead = next(self._pieces)
        except StopIteration:
            return b""
        except BaseException as fault:
            self.fault = fault
            raise
        given, self._ahead = self._ahead[:size], self._ahead[size:]
        return given


class Hashed:
    """A file that is hashed and counted as it passes by."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.size = 0
        #: Why a piece could not be written: age would only repeat its text.
        self.fault: OSError | None = None

    def read(self, size: int = -1) -> bytes:
        """As of any file."""
        piece = self._file.read(size)
        self._passed(piece)
        return piece

    def write(self, piece: bytes) -> int:
        """As of any file."""
        try:
            self._file.write(piece)
        except OSError as fault:
            self.fault = fault
            raise
        self._passed(piece)
        return len(piece)

    def flush(self) -> None:
        """As of any file."""
        self._file.flush()

    @property
    def sha256(self) -> str:
        """Hex, over what has passed."""
        return self._hash.hexdigest()

    def _passed(self, piece: bytes) -> None:
        self._hash.update(piece)
        self.size += len(piece)


def encrypt(pieces: Iterable[bytes], *, to: Sequence[Recipient], into: IO[bytes]) -> Hashed:
    """Encrypt the pieces as they come; tells size and hash. Raises what making or writing a piece raises."""
    written, pulled = Hashed(into), _Pulled(pieces)
    try:
        pyrage.encrypt_io(pulled, written, to)
    except pyrage.EncryptError:
        fault = pulled.fault or written.fault
        if fault is not None:
            raise fault from None
        raise
    return written


@contextmanager
def decrypted(path: Path, *, identities: Sequence[Identity]) -> Iterator[tuple[IO[bytes], Hashed]]:
    """The plaintext of an archive as a stream, and the hash of the file once the stream was read to its end.

    Age proves every piece of 64 KiB and, at the very end, that the end is there: what was read counts only when the
    block ends without an exception. Nothing is written to a disk.

    Raises:
        ArchiveUnreadable, ArchiveNotOurs, ArchiveForOthers, ArchiveDamaged: what was found, when the block ends or
            in place of what the block made of a stream that broke off.
    """
    try:
        file = path.open("rb")
    except OSError:
        raise ArchiveUnreadable from None
    with file:
        source = Hashed(file)
        ours, theirs = os.pipe()
        faults: list[Refusal] = []
        worker = threading.Thread(target=_decrypt, args=(source, theirs, identities, faults), daemon=True)
        worker.start()
        try:
            with os.fdopen(ours, "rb") as stream:
                yield stream, source
                # A tar file ends before its stream does, and the stream's own end is what age proves last.
                while stream.read(1024 * 1024):
                    pass
        except Refusal as refusal:
            worker.join()
            raise _truer(refusal, faults) from None
        finally:
            worker.join()
        if faults:
            raise faults[0]


def _truer(refusal: Refusal, faults: Sequence[Refusal]) -> Refusal:
    """What age found explains what the reader made of a stream that broke off, and of nothing else."""
    return faults[0] if faults and isinstance(refusal, ArchiveDamaged | ArchiveNotOurs) else refusal


def _decrypt(source: Hashed, pipe: int, identities: Sequence[Identity], faults: list[Refusal]) -> None:
    with suppress(BrokenPipeError), os.fdopen(pipe, "wb") as into:
        try:
            pyrage.decrypt_io(source, into, identities)
        except BrokenPipeError:
            # The reader has gone away, and says why itself.
            return
        except pyrage.DecryptError as error:
            faults.append(
                {_NO_AGE_FILE: ArchiveNotOurs, _NOT_FOR_US: ArchiveForOthers}.get(str(error), ArchiveDamaged)()
            )
        except OSError:
            faults.append(ArchiveDamaged())
