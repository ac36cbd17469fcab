"""How is a master key held that lies in a file on this machine? In memory, for as long as it is used. No Django."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Self

from renewals.errors import MasterKeyUnsafe
from renewals.vault import gcm

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class LocalMasterKey:
    """A master key of 32 bytes; implements ``envelope.WrappingKey``."""

    holder: ClassVar[str] = "local"

    key_id: str
    secret: bytes = field(repr=False)
    _cipher: gcm.Cipher = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the key ready once, for the thousands of keys of a rotation."""
        object.__setattr__(self, "_cipher", gcm.Cipher(self.secret))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read ``<key id>.key``, which holds 32 raw bytes. Raises MasterKeyUnsafe."""
        with path.open("rb") as handle:
            # Asked of the open file, so that nobody can put another one in between.
            if os.fstat(handle.fileno()).st_mode & _OTHERS:
                raise MasterKeyUnsafe(key_id=path.stem, fault="readable")
            secret = handle.read(gcm.KEY_BYTES + 1)
        if len(secret) != gcm.KEY_BYTES:
            raise MasterKeyUnsafe(key_id=path.stem, fault="length")
        return cls(path.stem, secret)

    def wrap(self, plaintext: bytes, bound: bytes) -> bytes:
        """Encrypt a key, bound to what it is for."""
        return gcm.encrypt(self._cipher, plaintext, bound)

    def unwrap(self, body: bytes, bound: bytes) -> bytearray:
        """Decrypt what :meth:`wrap` made; raises SealBroken."""
        return gcm.decrypt(self._cipher, body, bound)
