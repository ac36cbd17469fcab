"""How is a document signed with a stored key that nobody gets? Vault worker only, outside a transaction.

Only a PDF is signed, whole and under the very octets that were handed in; never octets of a caller's choice. The
document is prepared before the key is opened: one that is refused opens nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from renewals.audit import Actor
from renewals.models import Certificate
from renewals.vault import documents, prover
from renewals.vault.keys import proved_key_of
from renewals.vault.opening import opening
from renewals.vault.prover import Material


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """The PDF with the signature in it, and the detached CMS (DER) of the very octets that were handed in."""

    pdf: bytes = field(repr=False)
    cms: bytes = field(repr=False)


def sign_pdf(
    *, document: bytes, certificate: Certificate, signing_id: UUID, why: str, by: Actor, reason: str, now: datetime
) -> SignedDocument:
    """Sign a PDF inside and beside with the certificate's key, expired or not; ``why`` is shown beside the signature.

    Both signatures are made in one opening, by one process that sees the key.

    Raises:
        NotAPdf, PdfEncrypted, PdfAlreadySigned, ...: what preparing the document found; no key was opened.
        KeyNotKept, KeyNotProved: there is no pair in custody.
        WrongPassphrase, KeyOfAnotherCertificate, ...: what proving the pair again found.
        TooManyKeysOpened, FirmOpenedTooMany, FirmSignedTooMany: over a limit.
        MasterKeyFault, ProverUnavailable: not here, or not now.
    """
    key = proved_key_of(certificate)
    prepared = documents.prepare(document, name=certificate.name or certificate.rfc, reason=why, at=now)
    with opening(rows=[key], by=by, reason=reason, signing=str(signing_id)) as opener:
        material = Material(key.container, opener.file_of(key), opener.passphrase_of(key))
        made = prover.sign(
            material,
            certificate=bytes(certificate.der),
            content=prepared.content(),
            document_octets=len(document),
        )
    return SignedDocument(pdf=prepared.signed(made.inside), cms=made.beside)
