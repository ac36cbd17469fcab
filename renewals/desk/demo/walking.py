"""How do some renewals of the demo firm come to stand in the middle? Its people walk them there, with the workers.

Only verbs that everybody uses, with files that the demo's own authority makes as the portal would; so what a newcomer
finds is what really happens, pre-flight and proofs of the vault worker included.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.utils import timezone

from renewals.desk.demo import invented, story
from renewals.desk.demo.practising import certificate_for
from renewals.errors import AlreadyMoved, PreflightRunning, Refusal
from renewals.models import Certificate, Person, Renewal, RenewalState, StepState
from renewals.models.certificate import Kind
from renewals.pki.authority import as_sat_key_file, new_key
from renewals.pki.certificate import CertificateKind
from renewals.procedure.handed import HandedIn, Upload
from renewals.procedure.progress import hand_in
from renewals.procedure.queueing import queue_renewals
from renewals.procedure.steps import plan_of

#: So long may the workers take for all of it; what is not there then stays where it is.
PATIENCE = 180
PAUSE = 1.0


@dataclass(slots=True)
class _Walk:
    """One renewal on its way to a step, and the key that its walker made."""

    certificate: Certificate
    by: Person
    target: str
    passphrase: str = field(default_factory=lambda: f"Demo{secrets.token_hex(4)}", repr=False)
    key: RSAPrivateKey | None = field(default=None, repr=False)

    def forms(self, now: datetime) -> dict[str, Callable[[], HandedIn]]:
        """What is handed in at each step that takes something."""
        expired = self.certificate.is_expired(now)
        letter = {"why_no_file": "El portal la firmó en pantalla y no dio archivo."}
        return {
            "enter_idse": lambda: HandedIn(
                {"portal_notice": "expired" if expired else "about_to_expire", "own_copy": "yes"}
            ),
            "confirm_company": lambda: HandedIn({"confirmed": "yes"}),
            "new_key_place": lambda: HandedIn({"passphrase_used": "own"}),
            "mouse_entropy": lambda: HandedIn(files={"key_file": self._key_file()}, passphrase=self.passphrase),
            "sign_terms_old": lambda: HandedIn(letter),
            "mail_that_never_comes": lambda: HandedIn({"portal_screen": "moved_on"}),
            "install_with_new_key": lambda: HandedIn({"installed": "yes"}, files={"key_file": self._key_file()}),
            "certificate_saved": lambda: HandedIn(files={"certificate_file": self._certificate_file(now)}),
            "terms_offered_again": lambda: HandedIn(letter),
            "sign_terms_new": lambda: HandedIn(letter),
            "conditions_at_login": lambda: HandedIn(letter),
        }

    def _key_file(self) -> Upload:
        if self.key is None:
            self.key = new_key()
        return Upload("llave_nueva.key", as_sat_key_file(self.key, self.passphrase))

    def _certificate_file(self, now: datetime) -> Upload:
        if self.key is None:
            raise AlreadyMoved
        certificate = certificate_for(
            self.key,
            company=self.certificate.company,
            kind=CertificateKind.NPIE,
            scope=self.certificate.scope,
            now=now,
        )
        return Upload("certificado_nuevo.cer", certificate)


def _let_the_workers_work() -> None:
    time.sleep(PAUSE)


def walk(*, say: Callable[[str], None], meanwhile: Callable[[], None] = _let_the_workers_work) -> int:
    """Queue the renewals of the story and walk each to its step; returns how many got there.

    ``meanwhile`` is called between two rounds, while the walkers wait for the workers.
    """
    walks = [one for index, step in story.UNDER_WAY.items() if (one := _beginning(index, step)) is not None]
    for one in walks:
        queue_renewals(certificates=[one.certificate], by=one.by, now=timezone.now())
    arrived, until = 0, time.monotonic() + PATIENCE
    while walks and time.monotonic() < until:
        left = []
        for one in walks:
            try:
                if _advance(one):
                    arrived += 1
                    say(f"{one.certificate.company.name}: {one.target}")
                else:
                    left.append(one)
            except Refusal as refusal:
                say(f"{one.certificate.company.name}: {refusal.code}")
        walks = left
        if walks:
            meanwhile()
    return arrived


def _beginning(index: int, target: str) -> _Walk | None:
    """A walk that has not begun yet; one that somebody has begun, or ended, is theirs."""
    certificate = (
        Certificate.objects.current()
        .filter(company__rfc=invented.company(index).rfc, company__is_demo=True, kind=Kind.NPIE, is_primary=True)
        .select_related("company__responsible")
        .order_by("not_after")
        .first()
    )
    if certificate is None or certificate.company.responsible is None:
        return None
    begun = Renewal.objects.filter(certificate=certificate, steps__state=StepState.DONE)
    if begun.exists():
        return None
    return _Walk(certificate=certificate, by=certificate.company.responsible, target=target)


def _advance(one: _Walk) -> bool:
    """Do what can be done now; True once the renewal stands where it should."""
    renewal = Renewal.objects.under_way().filter(certificate=one.certificate).select_related("company").first()
    if renewal is None or renewal.state != RenewalState.OPEN:
        return False
    keys = plan_of(renewal.plan, renewal.edition).step_keys()
    if keys.index(renewal.current_step) >= keys.index(one.target):
        return True
    step = renewal.steps.get(key=renewal.current_step)
    form = one.forms(timezone.now()).get(step.key)
    if form is None or step.state == StepState.WORKING:
        return False
    try:
        hand_in(renewal=renewal, key=step.key, version=step.version, handed=form(), by=one.by, now=timezone.now())
    except (PreflightRunning, AlreadyMoved):
        return False
    return False
