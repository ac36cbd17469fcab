"""Is this the certificate that the renewal was made for, and which rows does it become before it is in use?

It stands beside the old one, not principal and replacing nothing, until the renewal is closed.
"""

from collections.abc import Callable
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from renewals import audit
from renewals.clients.registros import add_registro_patronal
from renewals.errors import AlreadyMoved, CertificateNotNew, Fact, KeyNotKept, PassphraseNotReady
from renewals.expiry.refreshing import refresh_deadlines
from renewals.intake.practising import refuse_practice
from renewals.intake.rows import certificate_from
from renewals.models import Certificate, PairState, RegistroPatronal, Renewal
from renewals.pki.certificate import CertificateFacts
from renewals.procedure import gates
from renewals.procedure.gates import Expected
from renewals.procedure.handed import Outcome, Situation
from renewals.vault.facts import key_facts
from renewals.vault.storing import SealedPair, attach_certificate, store_sealed

Write = Callable[[], dict[str, Fact]]

#: The key of the certificate lies here, or will in seconds.
_KEPT = (PairState.SEALED, PairState.IN_CUSTODY)


def pending_key_of(renewal: Renewal) -> UUID:
    """The key of step 4. Raises PassphraseNotReady where the pre-flight has not made its passphrase."""
    if renewal.pending_key_id is None:
        raise PassphraseNotReady
    return renewal.pending_key_id


def born_in(renewal: Renewal) -> Certificate:
    """The certificate that was taken in. Raises KeyNotKept where there is none."""
    if renewal.new_certificate is None:
        raise KeyNotKept
    return renewal.new_certificate


def of_pending_key(situation: Situation, facts: CertificateFacts, *, also: Write | None = None) -> Outcome:
    """The certificate that the portal issued for the key of this renewal. ``also`` joins what is written.

    Raises:
        PassphraseNotReady: the renewal has no pending key.
        PracticeCertificate: it is for practice, and the company is a real one.
        and what ``gates.certificate_saved`` refuses.
    """
    renewal = situation.renewal
    refuse_practice(facts, renewal.company)
    key_id = pending_key_of(renewal)
    known = _row_to_adopt(renewal, facts)
    expected = _expected(renewal, facts, known, new_public_key_sha256=key_facts(key_id).public_key_sha256)
    verdict = gates.certificate_saved(new=facts, expected=expected, now=situation.now)

    def write() -> dict[str, Fact]:
        row = _stored(situation, facts, known)
        attach_certificate(key_id=key_id, certificate=row, by=situation.by)
        _link(renewal, row)
        return {} if also is None else also()

    return Outcome(verdict, write=write)


def with_own_pair(situation: Situation, facts: CertificateFacts, pair: SealedPair) -> Outcome:
    """A certificate that came together with its key, proved at the door; the vault takes the key into custody first.

    A pair that lies here already, because the renewal went back after it came, is linked again and kept once.

    Raises:
        PracticeCertificate: it is for practice, and the company is a real one.
        and what ``gates.take_in`` refuses.
    """
    renewal = situation.renewal
    refuse_practice(facts, renewal.company)
    known = _row_to_adopt(renewal, facts, with_key=True)
    verdict = gates.take_in(new=facts, expected=_expected(renewal, facts, known), now=situation.now)

    def write() -> dict[str, Fact]:
        row = _stored(situation, facts, known)
        if row.pair_state not in _KEPT:
            store_sealed([(pair, row)], by=situation.by)
        _link(renewal, row)
        return {}

    return Outcome(None, answers=verdict.facts, write=write)


def _expected(
    renewal: Renewal, facts: CertificateFacts, known: Certificate | None, *, new_public_key_sha256: str = ""
) -> Expected:
    old, company = renewal.certificate, renewal.company
    others = Certificate.objects.filter(Q(sha256=facts.sha256) | Q(serial=facts.serial, issuer=facts.issuer[:300]))
    if known is not None:
        others = others.exclude(pk=known.pk)
    return Expected(
        company_rfc=company.rfc,
        company_name=company.name,
        registros_patronales=tuple(company.registros_patronales.values_list("number", flat=True)),
        old_kind=old.kind,
        old_scope=old.scope,
        old_issuer=old.issuer,
        old_public_key_sha256=old.public_key_sha256,
        old_not_before=old.not_before,
        old_not_after=old.not_after,
        is_known=others.exists(),
        new_public_key_sha256=new_public_key_sha256,
    )


def _row_to_adopt(renewal: Renewal, facts: CertificateFacts, *, with_key: bool = False) -> Certificate | None:
    """The same certificate, where it lies here beside those in use: uploaded before, or come in here and undone.

    Where the renewal has a key of its own, one that came with another key is none of it; ``with_key`` asks for those.
    """
    own = Q(born_in=None) | Q(born_in=renewal)
    rows = Certificate.objects.filter(own, sha256=facts.sha256, company=renewal.company_id)
    rows = rows.filter(is_primary=False, retired_at=None)
    return (rows if with_key else rows.exclude(pair_state__in=_KEPT)).first()


def _stored(situation: Situation, facts: CertificateFacts, known: Certificate | None) -> Certificate:
    if known is not None:
        return known
    company = situation.renewal.company
    row = certificate_from(facts, company=company, now=situation.now)
    row.is_primary = False
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise CertificateNotNew(serial=facts.serial) from error
    refresh_deadlines({company.pk}, today=timezone.localdate(situation.now))
    if facts.registro_patronal:
        row.registros_patronales.add(_registro(situation, facts.registro_patronal))
    audit.record(
        "certificate.born",
        by=situation.by,
        subject=row,
        company=company,
        renewal=situation.renewal.pk,
        serial=row.serial,
    )
    return row


def _registro(situation: Situation, number: str) -> RegistroPatronal:
    company = situation.renewal.company
    known = company.registros_patronales.filter(number_10=number[:10]).first()
    return known or add_registro_patronal(company=company, number=number, by=situation.by)


def _link(renewal: Renewal, row: Certificate) -> None:
    rows = Renewal.objects.filter(pk=renewal.pk, new_certificate=renewal.new_certificate_id)
    if rows.update(new_certificate=row) != 1:
        raise AlreadyMoved
