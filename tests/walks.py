"""How does a test get a renewal that stands at some step? It really walks there, by the verbs, with real keys.

Needs the vault's powers: ask for the fixture ``vault_keys`` beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from renewals.custody import asking, preparing, taking
from renewals.desk import pending
from renewals.models import Certificate, Checkout, Company, Person, Renewal, RenewalStep
from renewals.pki.authority import as_sat_key_file
from renewals.procedure import layout, progress
from renewals.procedure.handed import HandedIn, Upload
from renewals.procedure.queueing import queue_renewals
from renewals.procedure.steps import plan_of
from tests import factories
from tests.pairs import Pair, make_pair, pooled_key

if TYPE_CHECKING:
    from uuid import UUID

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

#: A photograph of a letter: nothing reads it, so it costs a test no process, and a word stands beside it.
LETTER = b"\x89PNG\r\n\x1a\n foto de una carta "
IT_IS_A_PICTURE = "Es una foto de la carta"


def run_workers() -> None:
    """Let both workers do what waits, until nothing is left."""
    looked = pending.work_until_quiet(queues=("default", "vault"))
    if any(looked.failed.values()):
        raise AssertionError(f"work failed: {looked.failed}")


@dataclass
class Walk:
    """A renewal on its way, with what the person at the portal would have on their disk."""

    renewal: Renewal
    old: Pair
    by: Person
    second: Person
    passphrase: str = ""
    new_key: RSAPrivateKey = field(default_factory=pooled_key)

    @property
    def row(self) -> RenewalStep:
        """The current step."""
        self.renewal.refresh_from_db()
        return RenewalStep.objects.get(renewal=self.renewal, key=self.renewal.current_step)

    @property
    def new_certificate(self) -> Certificate:
        """The certificate that the renewal brought, as it is now."""
        return Certificate.objects.get(born_in=self.renewal)

    @property
    def old_certificate(self) -> Certificate:
        """The certificate that is being replaced, as it is now."""
        return Certificate.objects.get(pk=self.renewal.certificate_id)

    @property
    def pending_key_id(self) -> UUID:
        """The key that has no certificate yet; the pre-flight made its passphrase."""
        self.renewal.refresh_from_db()
        if self.renewal.pending_key_id is None:
            raise AssertionError("the renewal expects no key")
        return self.renewal.pending_key_id

    @property
    def new(self) -> Pair:
        """What the portal issues for the new key: for two years, from an hour ago."""
        return self.issued()

    def issued(self, **changes: object) -> Pair:
        """A certificate for the new key, with some things otherwise than they should be."""
        now = timezone.now()
        terms: dict[str, object] = {
            "rfc": self.renewal.company.rfc,
            "key": self.new_key,
            "passphrase": self.passphrase or "ClaveNueva2026",
            "not_before": now - timedelta(hours=1),
            "not_after": now + timedelta(days=730),
        }
        return make_pair(self.renewal.certificate.kind, **{**terms, **changes})  # type: ignore[arg-type]  # by name

    def key_file(self, key: RSAPrivateKey | None = None, passphrase: str | None = None) -> Upload:
        """The new key as the portal left it on the disk."""
        return Upload("nueva.key", as_sat_key_file(key or self.new_key, passphrase or self.passphrase))

    def to(self, key: str) -> Walk:
        """Walk on until the renewal stands at this step; what the machine has to do at it is still to be done."""
        while self.renewal.current_step != key:
            before = self.row
            if before.key in STEPS:
                STEPS[before.key](self)
            if self.row.key == key:
                break
            run_workers()
            after = self.row
            if (after.pk, after.state) == (before.pk, before.state):
                raise AssertionError(f"stuck at {before.key}: {after.state} {after.verdict_code}")
        return self

    def to_the_end(self) -> Walk:
        """Walk until the renewal is closed."""
        self.to(plan_of(self.renewal.plan, self.renewal.edition).steps[-1].key)
        STEPS[self.renewal.current_step](self)
        self.renewal.refresh_from_db()
        return self

    def hand_in(
        self,
        key: str | None = None,
        *,
        files: dict[str, Upload] | None = None,
        passphrase: str | None = None,
        version: int | None = None,
        by: Person | None = None,
        **answers: str,
    ) -> None:
        """Hand in the current step."""
        row = self.row
        progress.hand_in(
            renewal=self.renewal,
            key=key or row.key,
            version=row.version if version is None else version,
            handed=HandedIn(answers=answers, files=files or {}, passphrase=passphrase),
            by=by or self.by,
            now=timezone.now(),
        )
        self.renewal.refresh_from_db()

    def second_word(self, by: Person | None = None) -> None:
        """The second person confirms."""
        row = self.row
        progress.confirm_second(
            renewal=self.renewal, key=row.key, version=row.version, by=by or self.second, now=timezone.now()
        )
        self.renewal.refresh_from_db()

    def take_out(self) -> str:
        """Take out what the current step hands out, as a person does; returns the passphrase shown."""
        now = timezone.now()
        transport_key = asking.new_transport_key()
        asked = asking.ask(
            renewal=self.renewal,
            step_key=self.renewal.current_step,
            reason="renovar en el portal",
            person=self.by,
            confirmed_at=now,
            from_address=None,
            transport_key=transport_key,
            now=now,
        )
        preparing.prepare(checkout_id=asked.pk, now=now)
        ready = Checkout.objects.get(pk=asked.pk)
        if ready.package is not None:
            taking.take(checkout=ready, person=self.by, transport_key=transport_key, now=now)
            ready.refresh_from_db()
        return taking.show_passphrase(checkout=ready, person=self.by, transport_key=transport_key, now=now)


def begin(
    kind: str = "npie",
    *,
    by: Person | None = None,
    company: Company | None = None,
    days_left: int = -3,
    with_key: bool = True,
) -> Walk:
    """A renewal of a certificate that ended three days ago, queued and laid out, its pre-flight done."""
    worker = by or factories.person("beto")
    home = company or factories.company(responsible=worker, renewal_mailbox="imss@empresa.example")
    now = timezone.now()
    old = make_pair(kind, rfc=home.rfc, not_before=now - timedelta(days=700), not_after=now + timedelta(days=days_left))
    certificate = factories.certificate(home, old)
    if with_key:
        factories.sealed_key(certificate, old)
    run_workers()
    certificate.refresh_from_db()
    queue_renewals(certificates=[certificate], by=worker, now=now)
    run_workers()
    renewal = Renewal.objects.select_related("company", "certificate").get(certificate=certificate, open=True)
    return Walk(renewal=renewal, old=old, by=worker, second=factories.person("ana", role="socio"))


def laid_out(kind: str = "efirma", *, by: Person, company: Company | None = None) -> Walk:
    """A renewal at its first step whose certificate has no key: enough where nothing is opened, and much quicker."""
    now = timezone.now()
    home = company or factories.company(responsible=by)
    old = make_pair(kind, rfc=home.rfc, not_before=now - timedelta(days=700), not_after=now - timedelta(days=3))
    certificate = factories.certificate(home, old)
    queue_renewals(certificates=[certificate], by=by, now=now)
    renewal = Renewal.objects.select_related("company", "certificate").get(certificate=certificate, open=True)
    layout.lay_out(renewal_id=renewal.pk, now=now)
    renewal.refresh_from_db()
    return Walk(renewal=renewal, old=old, by=by, second=factories.person("ana", role="socio"))


def _enter_idse(walk: Walk) -> None:
    walk.take_out()
    walk.hand_in(portal_notice="expired")


def _new_key_place(walk: Walk) -> None:
    walk.passphrase = walk.take_out()
    walk.hand_in(passphrase_used="given")


def _letter(walk: Walk) -> None:
    letter = Upload(f"{walk.renewal.current_step}.png", LETTER + walk.renewal.current_step.encode())
    walk.hand_in(files={"letter": letter}, why_no_file=IT_IS_A_PICTURE)


def _install(walk: Walk) -> None:
    walk.take_out()
    walk.hand_in(installed="yes")


def _access_granted(walk: Walk) -> None:
    walk.hand_in(entered="yes", files={"screenshot": Upload("idse.png", b"\x89PNG de prueba")})
    walk.second_word()


def _take_in(walk: Walk) -> None:
    new = walk.new
    walk.hand_in(
        files={"certificate_file": Upload("nuevo.cer", new.certificate), "key_file": Upload("nuevo.key", new.key_file)},
        passphrase=new.passphrase,
    )


def _certificate_saved(walk: Walk) -> None:
    walk.hand_in(files={"certificate_file": Upload("nuevo.cer", walk.new.certificate)})


#: How a person does each step when nothing goes wrong.
STEPS: dict[str, Callable[[Walk], None]] = {
    "enter_idse": _enter_idse,
    "confirm_company": lambda walk: walk.hand_in(confirmed="yes"),
    "new_key_place": _new_key_place,
    "mouse_entropy": lambda walk: walk.hand_in(files={"key_file": walk.key_file()}),
    "sign_terms_old": _letter,
    "mail_that_never_comes": lambda walk: walk.hand_in(portal_screen="moved_on"),
    "install_with_new_key": _install,
    "certificate_saved": _certificate_saved,
    "terms_offered_again": _letter,
    "sign_terms_new": _letter,
    "conditions_at_login": _letter,
    "sign_conditions_new": _letter,
    "access_granted": _access_granted,
    "obtain": lambda walk: walk.hand_in(obtained="yes"),
    "take_in": _take_in,
    "confirm": lambda walk: walk.hand_in(confirmed="yes"),
}
