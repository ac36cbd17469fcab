"""Which key was waiting for this certificate, made in a renewal that broke off? They meet by public key."""

from collections.abc import Iterable, Mapping

from renewals.audit import Actor
from renewals.models import Certificate, Company, PairState, Renewal
from renewals.pki.certificate import CertificateFacts
from renewals.vault import pending_keys
from renewals.vault.pending_keys import PendingKey
from renewals.vault.storing import attach_certificate

#: A company's id and a public key (hex SHA-256).
Place = tuple[int, str]


def keys_waiting_for(arrivals: Iterable[tuple[CertificateFacts, Company]]) -> dict[Place, PendingKey]:
    """The keys that these certificates were issued for, where no renewal under way would be passed over.

    While a certificate of the same kind is being renewed at the company, the key belongs into that renewal.
    """
    homes = {(company.pk, facts.public_key_sha256): facts.kind.value for facts, company in arrivals}
    found = pending_keys.orphans_of_public_keys(
        {public_key for _, public_key in homes}, company_ids={company for company, _ in homes}
    )
    waiting = {(key.company_id, public_key): key for public_key, key in found.items()}
    waiting = {place: key for place, key in waiting.items() if place in homes}
    if not waiting:
        return {}
    renewed = set(
        Renewal.objects.under_way()
        .filter(company__in={company for company, _ in waiting})
        .values_list("company", "certificate__kind")
    )
    return {place: key for place, key in waiting.items() if (place[0], homes[place]) not in renewed}


def attach_waiting(certificates: Iterable[Certificate], waiting: Mapping[Place, PendingKey], *, by: Actor) -> None:
    """Give each certificate the key that waited for it, in the caller's transaction."""
    for certificate in certificates:
        key = waiting.get((certificate.company_id, certificate.public_key_sha256))
        if key is not None:
            attach_certificate(key_id=key.key_id, certificate=certificate, by=by)
            pending_keys.take_up_again(key_id=key.key_id)


def renewal_to_hand_it_in(certificate: Certificate) -> int | None:
    """The renewal under way in which this keyless certificate is expected, or in which its key could be taken up."""
    if certificate.pair_state != PairState.NO_KEY:
        return None
    expecting = pending_keys.renewal_expecting(certificate.public_key_sha256, company_id=certificate.company_id)
    if expecting is not None:
        return expecting
    if not pending_keys.orphans_of_public_keys([certificate.public_key_sha256], company_ids=[certificate.company_id]):
        return None
    same = Renewal.objects.under_way().filter(company=certificate.company_id, certificate__kind=certificate.kind)
    return same.order_by("pk").values_list("pk", flat=True).first()
