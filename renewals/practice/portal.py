"""What does the practice portal do at each of its screens? It moves its own memory on, and looks at nobody else's."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from renewals.clients.practice_accounts import account_of, remember
from renewals.desk.demo.authorities import authority_for
from renewals.errors import NotVisible
from renewals.errors.practice import (
    PracticeKeyOther,
    PracticeMailWrong,
    PracticePasswordRule,
    PracticePasswordsDiffer,
    PracticePasswordWrong,
    PracticeSerialUnknown,
    PracticeSuperseded,
)
from renewals.models import Company
from renewals.models.practice import PracticeAccount
from renewals.pki.authority import as_sat_key_file, new_key
from renewals.pki.certificate import CertificateFacts, CertificateKind, read_certificate
from renewals.pki.public_key import read_public_key
from renewals.practice.memory import WITH_OLD, Failure, Memory, Stage, told

VALIDITY, SHORT_VALIDITY = timedelta(days=730), timedelta(days=180)
#: The portal offers a renewal so long before the end; earlier there is no link.
RENEWABLE = timedelta(days=60)
_PASSWORD = re.compile(r"[A-Za-z0-9]{8,20}")


@dataclass(slots=True)
class Visit:
    """Somebody who is inside the portal with a certificate."""

    company: Company
    account: PracticeAccount
    #: Registro patronal, first ten characters.
    number: str
    serial: str

    @classmethod
    def of(cls, company: Company, *, number: str, serial: str) -> "Visit":
        """The visit of a practice company. Raises NotVisible: it is a real one."""
        return cls(company, account_of(company), number, serial)

    @property
    def memory(self) -> Memory:
        """What the portal knows of this registro patronal."""
        return Memory.read(self.account.memory.get(self.number))

    def fails(self, failure: Failure) -> bool:
        """Whether this failure is switched on."""
        return failure in self.account.switches

    def move(self, memory: Memory) -> None:
        """Keep what the portal knows now. Raises PracticeMoved."""
        remember(self.account, self.number, memory.kept())

    @property
    def facts(self) -> CertificateFacts:
        """The certificate that counts at the present screen: the issued one once there is one to install."""
        memory = self.memory
        return read_certificate(memory.old_der() if memory.stage in WITH_OLD else memory.issued_der())


def enter(visit: Visit, facts: CertificateFacts, *, now: datetime) -> None:
    """Let a certificate in, or say why not; the first one that comes is the one to be renewed.

    Raises:
        PracticePasswordWrong: that failure is switched on.
        PracticeSuperseded: the portal issued another one meanwhile.
        PracticeMoved: another window was faster.
    """
    if visit.fails(Failure.WRONG_PASSWORD):
        raise PracticePasswordWrong
    memory = visit.memory
    if facts.serial == memory.revoked and memory.stage not in WITH_OLD:
        raise PracticeSuperseded(serial=memory.revoked)
    if memory.stage in WITH_OLD:
        if memory.stage != Stage.NONE and facts.serial == memory.revoked:
            return
        visit.move(Memory(old=told(facts.der)))
    elif facts.serial != memory.serial or (memory.stage == Stage.DONE and may_renew(facts, now)):
        # A certificate that the portal never saw, or the round after next: everything begins anew.
        visit.move(Memory(old=told(facts.der)))
    elif memory.stage == Stage.GENERATED:
        visit.move(memory.at(Stage.CONDITIONS, now=now))


def may_renew(facts: CertificateFacts, now: datetime) -> bool:
    """Whether the portal offers a renewal: expired, or soon."""
    return facts.not_after - now <= RENEWABLE


def confirm_data(visit: Visit, *, mail: str, now: datetime) -> None:
    """The yellow fields. Raises PracticeMailWrong: the one that counts is no address."""
    facts = visit.facts
    if not may_renew(facts, now):
        raise NotVisible
    try:
        validate_email(mail.strip())
    except ValidationError:
        raise PracticeMailWrong from None
    visit.move(visit.memory.at(Stage.NEW_KEY, now=now, revoked=facts.serial))


def make_key(visit: Visit, *, password: str, again: str, now: datetime) -> bytes:
    """A new key, locked; the portal keeps its public half alone.

    Raises:
        PracticePasswordsDiffer, PracticePasswordRule: as they say.
        PracticeMoved: another window was faster.
    """
    if password != again:
        raise PracticePasswordsDiffer
    facts = visit.facts
    if not _PASSWORD.fullmatch(password) or password.upper() in {facts.rfc, facts.registro_patronal}:
        raise PracticePasswordRule
    key = new_key()
    visit.move(visit.memory.at(Stage.LETTER_OLD, now=now, public_key=told(_public_der(key.public_key()))))
    return as_sat_key_file(key, password)


def letter_signed(visit: Visit, *, now: datetime) -> None:
    """Go on from a letter whose signature was verified. Raises PracticeMoved."""
    memory = visit.memory
    if memory.stage == Stage.LETTER_OLD:
        certificate = _issue(visit, now=now)
        serial = read_certificate(certificate).serial
        visit.move(memory.at(Stage.MAIL, now=now, issued=told(certificate), serial=serial))
    elif memory.stage == Stage.LETTER_NEW:
        visit.move(memory.at(Stage.GENERATED, now=now))
    else:
        visit.move(memory.at(Stage.DONE, now=now))


def after_mail(visit: Visit, *, now: datetime) -> None:
    """Go on by itself once the page has stood long enough, unless it is to stop there. Raises PracticeMoved."""
    memory = visit.memory
    if memory.stage == Stage.MAIL and memory.mail_is_over(now) and not visit.fails(Failure.MAIL_STOPS):
        visit.move(memory.at(Stage.INSTALL, now=now))


def install(visit: Visit, key: RSAPrivateKey, *, recovering: bool, now: datetime) -> bool:
    """Install the certificate with the key of the request; False where its download is to break off.

    Raises:
        PracticeKeyOther: it is another key.
        PracticeMoved: another window was faster.
    """
    memory = visit.memory
    if _public_der(key.public_key()) != memory.public_key_der():
        raise PracticeKeyOther
    if visit.fails(Failure.DOWNLOAD_LOST) and not recovering:
        visit.move(memory.at(Stage.LOST, now=now))
        return False
    visit.move(memory.at(Stage.LETTER_NEW, now=now))
    visit.serial = memory.serial
    return True


def require_issued(visit: Visit, serial: str) -> None:
    """The recovery address names a certificate that the portal issued here. Raises PracticeSerialUnknown."""
    memory = visit.memory
    waits = memory.stage in {Stage.MAIL, Stage.INSTALL, Stage.LOST}
    if not waits or not serial or serial != memory.serial:
        raise PracticeSerialUnknown


def npie_of(number: str) -> str:
    """The NPIE that the portal made up for a registro patronal."""
    return f"P{number[:10]}"


def issued_serial(company: Company, npie: str) -> str:
    """The serial that was issued last under an NPIE. Raises PracticeSerialUnknown."""
    memory = Memory.read(account_of(company).memory.get(npie.strip().upper()[1:]))
    if not memory.serial:
        raise PracticeSerialUnknown
    return memory.serial


def _issue(visit: Visit, *, now: datetime) -> bytes:
    """As IMSS would issue it: the holder as the old certificate had it, for the key of the request."""
    old, public = visit.facts, read_public_key(visit.memory.public_key_der())
    if visit.fails(Failure.OTHER_KEY):
        public = new_key().public_key()
    return authority_for(CertificateKind.NPIE, now=now).issue(
        public,
        kind=CertificateKind.NPIE,
        rfc=old.rfc,
        name=old.name,
        representative_rfc=old.representative_rfc,
        curp=old.curp,
        registro_patronal=old.registro_patronal,
        email=old.email,
        not_before=now - timedelta(seconds=5),
        not_after=now + (SHORT_VALIDITY if visit.fails(Failure.SHORT_VALIDITY) else VALIDITY),
    )


def _public_der(public: RSAPublicKey) -> bytes:
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
