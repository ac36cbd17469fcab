"""How were the known sealed bytes made? Run once: making them anew would prove nothing about what is sealed already."""

import json
import os
from pathlib import Path
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from renewals.vault import envelope
from renewals.vault.envelope import IntakePublicKey, NamedKey, Place
from renewals.vault.local_master_key import LocalMasterKey

SECRET = "contraseña de prueba ñ€".encode()


def main() -> None:
    """Seal one plaintext in every format and write down what opens it."""
    place = Place(company_id=42, secret_id=uuid4(), kind="passphrase")
    at = {"company_id": str(place.company_id), "secret_id": str(place.secret_id), "kind": place.kind}
    intake, data, master = X25519PrivateKey.generate(), os.urandom(32), os.urandom(32)
    transport, checkout = os.urandom(32), uuid4()
    sealed = {
        "intake": envelope.seal_to_intake(SECRET, key=IntakePublicKey("ik-vector", intake.public_key()), place=place),
        "secret": envelope.encrypt_secret(SECRET, key=NamedKey("dk-vector", data), place=place),
        "wrapped": envelope.wrap_company_key(
            data, master=LocalMasterKey("mk-vector", master), company_id=42, key_id="dk-vector"
        ),
        "package": envelope.lock_package(SECRET, transport_key=transport, checkout=checkout, part="files"),
    }
    opened_by = {
        "intake": {"key_id": "ik-vector", "private_key": intake.private_bytes_raw().hex(), **at},
        "secret": {"key_id": "dk-vector", "key": data.hex(), **at},
        "wrapped": {
            "master_key_id": "mk-vector",
            "master_key": master.hex(),
            "company_id": "42",
            "key_id": "dk-vector",
        },
        "package": {"transport_key": transport.hex(), "checkout": str(checkout), "part": "files"},
    }
    vectors = {
        name: {**opened_by[name], "plaintext": (data if name == "wrapped" else SECRET).hex(), "sealed": seal.hex()}
        for name, seal in sealed.items()
    }
    Path(__file__).with_name("envelope.json").write_text(json.dumps(vectors, indent=2) + "\n")


if __name__ == "__main__":
    main()
