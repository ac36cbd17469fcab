"""How is a master key held that never leaves an HSM? By its name: the HSM does what needs it. No Django."""

import os
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

from renewals.errors import MasterKeyUnsafe, SealBroken
from renewals.errors.hsm import HsmDescriptionWrong
from renewals.vault import gcm, hsm_session
from renewals.vault.hsm_session import HsmPlace, NotForThisKey

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_FIELDS = ("module", "token", "key", "pin_file")
#: A description is four short lines.
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Pkcs11MasterKey:
    """A master key inside an HSM; implements ``envelope.WrappingKey``."""

    holder: ClassVar[str] = "pkcs11"

    key_id: str
    place: HsmPlace

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read ``<key id>.pkcs11``: TOML with the texts ``module``, ``token``, ``key`` and ``pin_file``.

        Raises:
            MasterKeyUnsafe: others can write it, and so choose the code that runs here.
            HsmDescriptionWrong: something is missing, or it is no TOML.
        """
        with path.open("rb") as handle:
            if os.fstat(handle.fileno()).st_mode & _OTHERS_WRITE:
                raise MasterKeyUnsafe(key_id=path.stem, fault="writable")
            content = handle.read(_LONGEST)
        try:
            told = tomllib.loads(content.decode())
        except (UnicodeDecodeError, tomllib.TOMLDecodeError):
            raise HsmDescriptionWrong(key_id=path.stem, field="—") from None
        for name in _FIELDS:
            if not isinstance(told.get(name), str) or not told[name]:
                raise HsmDescriptionWrong(key_id=path.stem, field=name)
        place = HsmPlace(
            key_id=path.stem,
            module=told["module"],
            token=told["token"],
            label=told["key"],
            # Beside this file, unless it says where.
            pin_file=path.parent / told["pin_file"],
        )
        return cls(path.stem, place)

    def wrap(self, plaintext: bytes, bound: bytes) -> bytes:
        """Encrypt a key, bound to what it is for. Raises MasterKeyFault."""
        return hsm_session.encrypt(self.place, plaintext, bound)

    def unwrap(self, body: bytes, bound: bytes) -> bytearray:
        """Decrypt what :meth:`wrap` made. Raises SealBroken, MasterKeyFault."""
        gcm.require_whole(body)
        try:
            return hsm_session.decrypt(self.place, body, bound)
        except NotForThisKey:
            raise SealBroken from None
