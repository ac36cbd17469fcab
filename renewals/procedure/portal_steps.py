"""What does each step of the IMSS renewal make of what a person hands in?

A handler gathers the facts, asks the gate, and says what is to be written; it changes nothing itself.
"""

from collections.abc import Callable, Mapping

from django.db.models import QuerySet

from renewals.clients.documents import shown_name
from renewals.errors import AnswerMissing, Fact, UnexpectedContent
from renewals.models import Checkout, RenewalStep
from renewals.models.checkout import What
from renewals.pki.certificate import read_certificate
from renewals.pki.content import Content, recognise
from renewals.pki.pfx import describe_pfx
from renewals.pki.private_key import describe_private_key
from renewals.procedure import evidence, gates, letter_steps, new_certificate
from renewals.procedure.handed import HandedIn, Outcome, Situation, Upload
from renewals.vault.facts import StoredKeyFacts, key_facts
from renewals.vault.storing import receive_key_file, seal_key_file, seal_upload, store_upload

#: The answer under which a step remembers the sealed PFX that the vault worker has still to read.
UPLOAD = "upload"


def _enter_idse(situation: Situation, handed: HandedIn) -> Outcome:
    out = _handed_out(situation, What.CERTIFICATE_PAIR).filter(certificate=situation.renewal.certificate_id)
    notice, own_copy = handed.answer("portal_notice"), handed.ticked("own_copy")
    verdict = gates.enter_idse(notice=notice, files_handed_out=out.exists(), own_copy=own_copy)
    return Outcome(verdict, answers={"portal_notice": notice, "own_copy": own_copy})


def _confirm_company(situation: Situation, _handed: HandedIn) -> Outcome:
    company = situation.renewal.company
    return Outcome(
        gates.confirm_company(mailbox=company.renewal_mailbox, proved_at=company.mailbox_proved_at, now=situation.now)
    )


def _new_key_place(situation: Situation, handed: HandedIn) -> Outcome:
    # Since the step began: where it was sent back, what was shown before may be the passphrase of another key.
    since = situation.row.started_at or situation.renewal.created_at
    shown = situation.renewal.checkouts.filter(what=What.NEW_PASSPHRASE, passphrase_shown_at__gte=since)
    used = handed.answer("passphrase_used")
    verdict = gates.new_key_place(
        passphrase_used=used,
        is_sealed=situation.renewal.pending_key_id is not None,
        was_shown=shown.exists(),
    )
    return Outcome(verdict, answers={"passphrase_used": used})


def _mouse_entropy(situation: Situation, handed: HandedIn) -> Outcome:
    key_id = _pending_key(situation).key_id
    upload = handed.files["key_file"]
    describe_private_key(upload.data)
    if not handed.passphrase and _answered(situation, "new_key_place", "passphrase_used") == "own":
        raise AnswerMissing(field="passphrase")
    # Sealed here, before the transaction in which the step moves.
    pair = seal_key_file(
        company_id=situation.renewal.company_id, data=upload.data, passphrase=handed.passphrase or None
    )

    def write() -> dict[str, Fact]:
        receive_key_file(key_id=key_id, pair=pair, by=situation.by)
        return {}

    return Outcome(None, answers={"file_name": shown_name(upload.name)}, write=write)


def _mail_that_never_comes(situation: Situation, handed: HandedIn) -> Outcome:
    screen = handed.answer("portal_screen")
    return Outcome(gates.mail_that_never_comes(screen=screen), answers={"portal_screen": screen})


def _install_with_new_key(situation: Situation, handed: HandedIn) -> Outcome:
    pending = _pending_key(situation)
    upload = handed.files.get("key_file")
    out = _handed_out(situation, What.PENDING_KEY).filter(public_key_sha256=pending.public_key_sha256)
    verdict = gates.install_with_new_key(
        uploaded_sha256="" if upload is None else evidence.sha256_of(upload),
        pending_file_sha256=pending.file_sha256,
        was_handed_out=out.exists(),
    )
    return Outcome(verdict)


def _certificate_saved(situation: Situation, handed: HandedIn) -> Outcome:
    upload = handed.files["certificate_file"]
    content = recognise(upload.data)
    if content is Content.PFX:
        return _sealed_pfx(situation, upload)
    if content is not Content.CERTIFICATE:
        evidence.require_size(upload)
        raise UnexpectedContent(expected=Content.CERTIFICATE.value, found=content.value)
    return new_certificate.of_pending_key(situation, read_certificate(upload.data))


def _sealed_pfx(situation: Situation, upload: Upload) -> Outcome:
    """A PFX opens with a passphrase that only the vault has, so this process seals it unread."""
    describe_pfx(upload.data)
    sealed = seal_upload(company_id=situation.renewal.company_id, data=upload.data)

    def write() -> dict[str, Fact]:
        store_upload(sealed, by=situation.by)
        return {UPLOAD: str(sealed.secret_id)}

    return Outcome(None, write=write)


def _access_granted(situation: Situation, handed: HandedIn) -> Outcome:
    upload = _acceptable(handed.files.get("screenshot"))
    verdict = gates.access_granted(has_file=upload is not None)
    person = getattr(situation.by, "pk", None)
    return Outcome(verdict, answers={"first_person": person}, file=upload)


def _handed_out(situation: Situation, what: What) -> QuerySet[Checkout]:
    """What custody handed out for this renewal: taken, not only asked for."""
    return situation.renewal.checkouts.filter(what=what, taken_at__isnull=False)


def _pending_key(situation: Situation) -> StoredKeyFacts:
    return key_facts(new_certificate.pending_key_of(situation.renewal))


def _answered(situation: Situation, step: str, name: str) -> object:
    """What a person answered at an earlier step."""
    row = RenewalStep.objects.filter(renewal=situation.renewal, key=step).first()
    return None if row is None else row.answers.get(name)


def _acceptable(upload: Upload | None) -> Upload | None:
    if upload is not None:
        evidence.require_acceptable(upload)
    return upload


PORTAL_HANDLERS: Mapping[str, Callable[[Situation, HandedIn], Outcome]] = {
    "enter_idse": _enter_idse,
    "confirm_company": _confirm_company,
    "new_key_place": _new_key_place,
    "mouse_entropy": _mouse_entropy,
    "sign_terms_old": letter_steps.take_letter,
    "mail_that_never_comes": _mail_that_never_comes,
    "install_with_new_key": _install_with_new_key,
    "certificate_saved": _certificate_saved,
    "terms_offered_again": letter_steps.take_letter,
    "sign_terms_new": letter_steps.take_letter,
    "conditions_at_login": letter_steps.take_letter,
    "sign_conditions_new": letter_steps.take_letter,
    "access_granted": _access_granted,
}
