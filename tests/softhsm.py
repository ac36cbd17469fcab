"""Which HSM can a test have? SoftHSM2 from Debian's packages, with a token of its own in a folder of its own."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pkcs11
from pkcs11 import Attribute, KeyType, ObjectClass

from renewals.vault import hsm_session
from renewals.vault.hsm_session import HsmPlace

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
SECURITY_OFFICER, PIN = "12345678", "87654321"


def missing() -> str:
    """What is not installed, or nothing."""
    here = Path(MODULE).exists() and shutil.which("softhsm2-util")
    return "" if here else "SoftHSM2 is not installed (Debian package softhsm2)"


@dataclass(frozen=True, slots=True)
class Token:
    """A token that was just initialised; SOFTHSM2_CONF names ``configuration``."""

    folder: Path
    label: str

    @property
    def configuration(self) -> Path:
        """What SOFTHSM2_CONF has to name."""
        return self.folder / "softhsm2.conf"

    @property
    def tokens(self) -> Path:
        """Where SoftHSM keeps what other HSMs keep inside."""
        return self.folder / "tokens"

    def describe(self, keys: Path, key_id: str, *, label: str = "", pin: str = PIN, **other: str) -> Path:
        """Write ``<key id>.pkcs11`` with its PIN into a folder of master keys."""
        pin_file = keys / f"{key_id}.pin"
        pin_file.write_text(f"{pin}\n")
        pin_file.chmod(0o400)
        told = {"module": MODULE, "token": self.label, "key": label or key_id, "pin_file": pin_file.name} | other
        description = keys / f"{key_id}.pkcs11"
        description.write_text("".join(f'{name} = "{text}"\n' for name, text in told.items()))
        return description

    def place(self, keys: Path, key_id: str) -> HsmPlace:
        """The place that :meth:`describe` described."""
        return HsmPlace(key_id, MODULE, self.label, key_id, keys / f"{key_id}.pin")

    def put(self, label: str, secret: bytes, **template: object) -> None:
        """Put a key into the token that our own command would not make: of these bytes, and with these attributes."""
        hsm_session._forget(MODULE)
        library = pkcs11.lib(MODULE)
        session = library.get_token(token_label=self.label).open(user_pin=PIN, rw=True)
        attributes = {getattr(Attribute, name.upper()): value for name, value in template.items()}
        session.create_object(
            {
                Attribute.CLASS: ObjectClass.SECRET_KEY,
                Attribute.KEY_TYPE: KeyType.AES,
                Attribute.TOKEN: True,
                Attribute.LABEL: label,
                Attribute.VALUE: secret,
                Attribute.SENSITIVE: True,
                Attribute.EXTRACTABLE: False,
                Attribute.ENCRYPT: True,
                Attribute.DECRYPT: True,
            }
            | attributes
        )
        library.finalize()


def initialised(folder: Path, label: str = "vault") -> Token:
    """A new token with :data:`PIN`."""
    token = Token(folder, label)
    token.tokens.mkdir(parents=True)
    token.configuration.write_text(f"directories.tokendir = {token.tokens}\nobjectstore.backend = file\n")
    program = shutil.which("softhsm2-util") or "softhsm2-util"
    subprocess.run(
        [program, "--init-token", "--free", "--label", label, "--so-pin", SECURITY_OFFICER, "--pin", PIN],
        check=True,
        capture_output=True,
        env={"SOFTHSM2_CONF": str(token.configuration)},
    )
    return token
