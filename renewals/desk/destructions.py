"""What does a client get who wants to check by themselves that their keys were destroyed?"""

import io
import zipfile
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from renewals.models import Destruction
from renewals.vault import audit_key, destruction_paper, tombstone


def files_of(destruction: Destruction) -> Mapping[str, bytes]:
    """By name: the certificate and the statement, each with its signature, and the key that verifies them.

    The public key is for convenience: whoever wants to be sure takes the one that the firm gave them before.
    """
    name = destruction_paper.file_name(tombstone.read(bytes(destruction.statement)))
    files = {
        f"{name}.pdf": bytes(destruction.certificate),
        f"{name}.pdf.sig": bytes(destruction.certificate_signature),
        f"{name}-acta.txt": bytes(destruction.statement),
        f"{name}-acta.txt.sig": bytes(destruction.signature),
    }
    for key in audit_key.public_keys():
        if key.key_id == destruction.audit_key_id:
            public = Ed25519PublicKey.from_public_bytes(key.public_key)
            files[f"{key.key_id}.pem"] = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return files


def package_of(destruction: Destruction) -> bytes:
    """The same files in one ZIP."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files_of(destruction).items():
            archive.writestr(name, content)
    return buffer.getvalue()


def command_of(destruction: Destruction) -> str:
    """What verifies the certificate, in the folder where these files lie."""
    told = tombstone.read(bytes(destruction.statement))
    return destruction_paper.command(told, key_id=destruction.audit_key_id)
