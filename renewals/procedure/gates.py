"""Does what was handed in prove the step? Facts in, verdict out: a refusal with its code, or the proofs it is worth.

One function per step, named like the step, and listed in :data:`GATES`; those of letters are in ``letter_gates``. They
know neither the database nor the clock; whoever calls them gathers the facts. A refusal is raised, so that nobody
forgets to look at it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from renewals import errors
from renewals.errors import Fact
from renewals.pki.certificate import CertificateFacts, CertificateKind
from renewals.pki.identifiers import same_registro_patronal
from renewals.procedure.steps import Grade

#: So long does it count that somebody opened a link mailed to the renewal mailbox.
MAILBOX_PROOF_LASTS = timedelta(days=90)
MINIMUM_KEY_BITS = 2048
#: An explanation shorter than this explains nothing.
SHORTEST_REASON = 10
#: A portal's clock may be ahead of ours by this much.
CLOCK_SKEW = timedelta(days=1)

#: What :func:`certificate_saved` and :func:`take_in` tell about the new dates.
DATE_FACTS = ("serial", "days", "old_days", "shorter_validity")

_IMSS = ("IMSS", "INSTITUTO MEXICANO DEL SEGURO SOCIAL")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the evidence is worth. With ``on_hold`` the step waits for that reason instead of closing."""

    grades: tuple[Grade, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)
    on_hold: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the new certificate must agree with: the company, and the certificate that it replaces."""

    company_rfc: str
    company_name: str
    registros_patronales: tuple[str, ...]
    old_kind: str
    old_scope: str
    old_issuer: str
    old_public_key_sha256: str
    old_not_before: datetime
    old_not_after: datetime
    #: Whether the new certificate, or one of its issuer and serial, is among those that are kept.
    is_known: bool = False
    #: Of the key that was taken in on the way; empty where the key comes together with the certificate.
    new_public_key_sha256: str = ""


def mailbox_is_proved(*, proved_at: datetime | None, now: datetime) -> bool:
    """Whether somebody opened a link mailed to the mailbox recently enough."""
    return proved_at is not None and now - MAILBOX_PROOF_LASTS <= proved_at <= now


# --- the IMSS renewal ---------------------------------------------------------------------------------------------


def enter_idse(*, notice: str, files_handed_out: bool, own_copy: bool) -> Verdict:
    """The old files were handed out on the record (or a copy was used), and the portal leads on to the renewal."""
    if not files_handed_out and not own_copy:
        raise errors.FilesNotHandedOut
    facts: dict[str, Fact] = {"portal_notice": notice, "own_copy": own_copy and not files_handed_out}
    if notice in {"revoked", "no_link"}:
        return Verdict(grades=(Grade.WORD,), facts=facts, on_hold=f"portal_{notice}")
    return Verdict(grades=(Grade.TIME, Grade.WORD), facts=facts)


def confirm_company(*, mailbox: str, proved_at: datetime | None, now: datetime) -> Verdict:
    """The data were confirmed by a person; it is a fact of the system that the mailbox was proved beforehand."""
    proved = bool(mailbox) and mailbox_is_proved(proved_at=proved_at, now=now)
    grades = (Grade.TIME, Grade.WORD) if proved else (Grade.WORD,)
    return Verdict(grades=grades, facts={"mailbox": mailbox, "mailbox_proved": proved})


def new_key_place(*, passphrase_used: str, is_sealed: bool, was_shown: bool) -> Verdict:
    """The passphrase was sealed before it was shown, and shown before it was typed; or it is another one."""
    if passphrase_used == "own":  # noqa: S105  # the choice, not a passphrase
        return Verdict(grades=(Grade.WORD,), facts={"passphrase_used": passphrase_used})
    if not is_sealed:
        raise errors.PassphraseNotReady
    if not was_shown:
        raise errors.PassphraseNotShown
    return Verdict(grades=(Grade.CRYPTOGRAPHIC, Grade.WORD), facts={"passphrase_used": passphrase_used})


def mouse_entropy(*, key_bits: int, is_known: bool) -> Verdict:
    """The vault has opened the new key: it must be long enough and one that was never seen before."""
    if key_bits < MINIMUM_KEY_BITS:
        raise errors.KeyTooShort(bits=key_bits, minimum=MINIMUM_KEY_BITS)
    if is_known:
        raise errors.KeySeenBefore
    return Verdict(grades=(Grade.CRYPTOGRAPHIC,), facts={"key_bits": key_bits})


def mail_that_never_comes(*, screen: str) -> Verdict:
    """The portal goes on by itself: after a while, or earlier when a person says so; ``screen`` is empty otherwise."""
    if screen == "stopped":
        return Verdict(grades=(Grade.WORD,), facts={"portal_screen": screen}, on_hold="mail_stopped")
    if screen == "moved_on":
        return Verdict(grades=(Grade.TIME, Grade.WORD), facts={"portal_screen": screen})
    return Verdict(grades=(Grade.TIME,))


def install_with_new_key(*, uploaded_sha256: str, pending_file_sha256: str, was_handed_out: bool) -> Verdict:
    """The key given to the portal is the one of step 4: the same file, or the one that custody handed out."""
    if uploaded_sha256:
        if not pending_file_sha256 or uploaded_sha256 != pending_file_sha256:
            raise errors.NotThePendingKey
        return Verdict(grades=(Grade.CRYPTOGRAPHIC, Grade.WORD), facts={"same_file": True})
    if not was_handed_out:
        raise errors.PendingKeyNotHandedOut
    return Verdict(grades=(Grade.CRYPTOGRAPHIC, Grade.WORD), facts={"handed_out": True})


def certificate_saved(*, new: CertificateFacts, expected: Expected, now: datetime) -> Verdict:
    """The new certificate is the company's, of the key of step 4, new, from a plausible issuer and with sane dates."""
    _same_holder(new, expected)
    if new.public_key_sha256 != expected.new_public_key_sha256:
        raise errors.CertificateOfAnotherPendingKey(serial=new.serial)
    _never_seen(new, expected)
    _plausible_issuer(new, expected)
    return Verdict(grades=(Grade.CRYPTOGRAPHIC,), facts=_sane_dates(new, expected, now))


def generated() -> Verdict:
    """The vault signed with the new pair, built a PFX of it and opened that again; it raises when it cannot."""
    return Verdict(grades=(Grade.CRYPTOGRAPHIC,))


def access_granted(*, has_file: bool) -> Verdict:
    """A picture or document of the session in IDSE, and the word of who took it; a second word closes the step."""
    if not has_file:
        raise errors.FileMissing
    return Verdict(grades=(Grade.FILE, Grade.WORD), on_hold="second_person")


def second_word(*, first_person: int | None, second_person: int, firm_has_others: bool) -> Verdict:
    """The second word is another person's; only where the firm has nobody else it may be one's own, marked so."""
    alone = first_person == second_person
    if alone and firm_has_others:
        raise errors.SecondPersonNeeded
    return Verdict(grades=(Grade.WORD,), facts={"same_person": alone})


# --- the general plan ---------------------------------------------------------------------------------------------


def obtain() -> Verdict:
    """A person says that they have the new certificate."""
    return Verdict(grades=(Grade.WORD,))


def take_in(*, new: CertificateFacts, expected: Expected, now: datetime) -> Verdict:
    """The new pair was proved at the door; it must be the company's, of the same kind, new and with another key."""
    _same_holder(new, expected)
    _never_seen(new, expected)
    if new.public_key_sha256 == expected.old_public_key_sha256:
        raise errors.KeySeenBefore
    return Verdict(grades=(Grade.CRYPTOGRAPHIC,), facts=_sane_dates(new, expected, now))


def confirm(*, is_in_custody: bool) -> Verdict:
    """The new pair lies in the vault, and a person says that it works."""
    if not is_in_custody:
        raise errors.KeyNotInCustody
    return Verdict(grades=(Grade.WORD,))


#: Every step's gate by its key, but for letters (``letter_gates``); a test holds that no step of any plan is missing.
GATES: Mapping[str, Callable[..., Verdict]] = {
    "enter_idse": enter_idse,
    "confirm_company": confirm_company,
    "new_key_place": new_key_place,
    "mouse_entropy": mouse_entropy,
    "mail_that_never_comes": mail_that_never_comes,
    "install_with_new_key": install_with_new_key,
    "certificate_saved": certificate_saved,
    "generated": generated,
    "access_granted": access_granted,
    "obtain": obtain,
    "take_in": take_in,
    "confirm": confirm,
}


# --- what a new certificate has to agree with ---------------------------------------------------------------------


def _same_holder(new: CertificateFacts, expected: Expected) -> None:
    """The RFC, or else the registro patronal, is the company's; the kind is that of the old certificate."""
    if new.is_authority:
        raise errors.AuthorityCertificate(name=new.name)
    if expected.old_kind not in {new.kind, CertificateKind.UNKNOWN}:
        raise errors.CertificateOfAnotherKind(found=new.kind.value, expected=expected.old_kind)
    if new.rfc and new.rfc != expected.company_rfc:
        raise errors.CertificateOfAnotherHolder(
            found_rfc=new.rfc,
            found_name=new.name,
            expected_rfc=expected.company_rfc,
            expected_name=expected.company_name,
        )
    if new.kind is CertificateKind.NPIE:
        _same_registro_patronal(new, expected)
    elif not new.rfc:
        raise errors.CertificateWithoutHolder


def _same_registro_patronal(new: CertificateFacts, expected: Expected) -> None:
    found = new.registro_patronal
    if not found:
        if not new.rfc:
            raise errors.CertificateWithoutHolder
        return
    wanted = (expected.old_scope,) if expected.old_scope else expected.registros_patronales
    if any(same_registro_patronal(found, one) for one in wanted):
        return
    if new.rfc and not wanted:
        return
    raise errors.CertificateOfAnotherRegistro(found=found, expected=", ".join(wanted), name=expected.company_name)


def _never_seen(new: CertificateFacts, expected: Expected) -> None:
    if expected.is_known:
        raise errors.CertificateNotNew(serial=new.serial)


def _plausible_issuer(new: CertificateFacts, expected: Expected) -> None:
    """IMSS publishes no name of its authority, so: the issuer of the old certificate, or one that names IMSS."""
    issuer = new.issuer.upper()
    if new.issuer != expected.old_issuer and not any(name in issuer for name in _IMSS):
        raise errors.ImplausibleIssuer(issuer=new.issuer)


def _sane_dates(new: CertificateFacts, expected: Expected, now: datetime) -> dict[str, Fact]:
    """Refuse dates that cannot be; say when the new certificate lives shorter than the old one did."""
    if new.not_after <= new.not_before or new.not_before > now + CLOCK_SKEW:
        raise errors.CertificateNotYetValid(not_before=new.not_before.date().isoformat())
    if new.not_after <= now:
        raise errors.CertificateExpired(not_after=new.not_after.date().isoformat())
    if new.not_before <= expected.old_not_before:
        raise errors.CertificateNotNewer(serial=new.serial)
    days = (new.not_after - new.not_before).days
    old_days = (expected.old_not_after - expected.old_not_before).days
    facts: dict[str, Fact] = {"serial": new.serial, "days": days}
    if days < old_days - CLOCK_SKEW.days:
        facts |= {"shorter_validity": True, "old_days": old_days}
    return facts
