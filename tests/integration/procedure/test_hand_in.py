"""Does a step take what proves it, refuse everything else, and move once?"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from renewals import audit, errors
from renewals.models import Evidence, Person, Renewal, RenewalStep, StepState
from renewals.procedure import cancelling, evidence, progress
from renewals.procedure.gates import Verdict
from renewals.procedure.handed import Outcome, Upload
from renewals.procedure.steps import Grade, plan_for
from renewals.vault import intake_seal
from renewals.vault.envelope import Place
from tests.pairs import pooled_key
from tests.walks import IT_IS_A_PICTURE, LETTER, Walk, begin, run_workers

pytestmark = pytest.mark.django_db(transaction=True)


def kept_files() -> set[str]:
    try:
        return set(default_storage.listdir(evidence.FOLDER)[1])
    except FileNotFoundError:
        return set()


def content_of(kept: Evidence) -> bytes:
    with default_storage.open(str(kept.file.name)) as stored:
        return bytes(stored.read())


def unchanged(walk: Walk, key: str) -> None:
    row = walk.row
    assert (row.key, row.state) == (key, StepState.PENDING)


# --- order, and who was faster


def test_what_only_the_round_asked_for_is_begun_by_whoever_first_does_something_in_it(vault_keys: Path):
    walk = begin()
    Renewal.objects.update(begun_at=None)
    assert not Renewal.objects.acknowledged().exists()
    walk.hand_in(portal_notice="expired", own_copy="yes")
    assert Renewal.objects.acknowledged().exists()


def test_a_second_completion_is_refused(vault_keys: Path, ana: Person):
    walk = begin()
    seen = walk.row
    walk.hand_in(portal_notice="expired", own_copy="yes")
    with pytest.raises(errors.StepAlreadyMoved) as refused:
        walk.hand_in("enter_idse", version=seen.version, by=ana, portal_notice="expired", own_copy="yes")
    assert refused.value.facts == {"who": "beto", "step": "enter_idse"}
    assert Evidence.objects.filter(step__key="enter_idse").count() == 2


def test_a_form_that_shows_an_older_version_is_refused(vault_keys: Path):
    walk = begin()
    walk.hand_in(portal_notice="revoked", own_copy="yes")
    with pytest.raises(errors.StepAlreadyMoved):
        walk.hand_in(version=0, portal_notice="expired", own_copy="yes")


def test_a_step_ahead_is_not_taken(vault_keys: Path):
    walk = begin()
    with pytest.raises(errors.AlreadyMoved):
        walk.hand_in("confirm_company", version=0, confirmed="yes")


def test_a_step_under_review_is_not_taken_again(vault_keys: Path):
    walk = begin().to("mouse_entropy")
    walk.hand_in(files={"key_file": walk.key_file()})
    with pytest.raises(errors.StepAlreadyMoved):
        walk.hand_in(files={"key_file": walk.key_file()})


def test_nothing_is_handed_in_for_a_step_of_the_machines_own_that_failed(vault_keys: Path):
    walk = begin().to("generated")
    RenewalStep.objects.filter(pk=walk.row.pk).update(state=StepState.FAILED)
    with pytest.raises(errors.AlreadyMoved):
        walk.hand_in(done="yes")
    assert walk.row.state == StepState.FAILED


def test_a_cancelled_renewal_takes_nothing(vault_keys: Path):
    walk = begin()
    cancelling.cancel(renewal=walk.renewal, reason="La empresa cerró", by=walk.by, now=timezone.now())
    with pytest.raises(errors.RenewalClosed):
        walk.hand_in("enter_idse", version=0, portal_notice="expired", own_copy="yes")


def test_a_cancellation_between_look_and_act_is_told_as_such(vault_keys: Path, monkeypatch: pytest.MonkeyPatch):
    walk = begin()
    keep = evidence.keep

    def cancelled_meanwhile(upload: Upload) -> evidence.KeptFile:
        cancelling.cancel(renewal=walk.renewal, reason="La empresa cerró", by=walk.by, now=timezone.now())
        return keep(upload)

    walk.to("sign_terms_old")
    monkeypatch.setattr(evidence, "keep", cancelled_meanwhile)
    before = kept_files()
    with pytest.raises(errors.RenewalClosed):
        walk.hand_in(files={"letter": Upload("carta.png", LETTER)}, why_no_file=IT_IS_A_PICTURE)
    assert kept_files() == before


# --- what a step demands


@pytest.mark.parametrize("answer", ["", "something-else"])
def test_an_answer_that_is_not_offered_is_refused(vault_keys: Path, answer: str):
    walk = begin()
    with pytest.raises(errors.AnswerMissing) as refused:
        walk.hand_in(portal_notice=answer, own_copy="yes")
    assert refused.value.facts == {"field": "portal_notice"}
    unchanged(walk, "enter_idse")


def test_a_word_that_was_not_given_is_refused(vault_keys: Path):
    walk = begin().to("confirm_company")
    with pytest.raises(errors.AnswerMissing):
        walk.hand_in()
    unchanged(walk, "confirm_company")


def test_the_first_step_is_refused_before_the_files_were_taken_out(vault_keys: Path):
    walk = begin()
    with pytest.raises(errors.FilesNotHandedOut):
        walk.hand_in(portal_notice="expired")
    walk.take_out()
    walk.hand_in(portal_notice="expired")
    assert walk.row.key == "confirm_company"


def test_the_first_step_is_refused_while_the_old_pair_does_not_work(vault_keys: Path):
    walk = begin(with_key=False)
    with pytest.raises(errors.PreflightFailed):
        walk.hand_in(portal_notice="expired", own_copy="yes")


def test_a_portal_without_a_link_can_be_answered_again_when_it_shows_one(vault_keys: Path):
    walk = begin()
    walk.hand_in(portal_notice="no_link", own_copy="yes")
    assert (walk.row.state, walk.row.waiting_for) == (StepState.WAITING, "portal_no_link")
    walk.hand_in(portal_notice="about_to_expire", own_copy="yes")
    assert walk.row.key == "confirm_company"


def test_a_proved_mailbox_raises_the_grade_of_the_step(vault_keys: Path):
    walk = begin().to("confirm_company")
    company = walk.renewal.company
    company.mailbox_proved_at = timezone.now()
    company.save(update_fields=["mailbox_proved_at"])
    walk.hand_in(confirmed="yes")
    grades = Evidence.objects.filter(step__key="confirm_company").values_list("grade", flat=True)
    assert sorted(grades) == ["A", "T"]


def test_a_passphrase_nobody_looked_at_was_not_typed(vault_keys: Path):
    walk = begin().to("new_key_place")
    with pytest.raises(errors.PassphraseNotShown):
        walk.hand_in(passphrase_used="given")
    unchanged(walk, "new_key_place")


def test_whoever_used_another_passphrase_gives_it_with_the_key(vault_keys: Path):
    walk = begin().to("new_key_place")
    walk.hand_in(passphrase_used="own")
    upload = walk.key_file(passphrase="MiPropiaClave26")
    with pytest.raises(errors.AnswerMissing):
        walk.hand_in(files={"key_file": upload})
    walk.hand_in(files={"key_file": upload}, passphrase="MiPropiaClave26")
    run_workers()
    assert walk.row.key == "sign_terms_old"


def test_a_key_that_is_no_key_is_refused_at_the_door(vault_keys: Path):
    walk = begin().to("mouse_entropy")
    with pytest.raises(errors.UnexpectedContent):
        walk.hand_in(files={"key_file": Upload("nueva.key", walk.new.certificate)})
    with pytest.raises(errors.EmptyFile):
        walk.hand_in(files={"key_file": Upload("nueva.key", b"")})
    with pytest.raises(errors.FileMissing):
        walk.hand_in()
    unchanged(walk, "mouse_entropy")


def test_the_key_of_step_four_uploaded_again_is_as_good_as_taking_it_out(vault_keys: Path):
    walk = begin().to("mouse_entropy")
    upload = walk.key_file()
    walk.hand_in(files={"key_file": upload})
    run_workers()
    walk.to("install_with_new_key")
    with pytest.raises(errors.PendingKeyNotHandedOut):
        walk.hand_in(installed="yes")
    with pytest.raises(errors.NotThePendingKey):
        walk.hand_in(installed="yes", files={"key_file": walk.key_file(pooled_key())})
    walk.hand_in(installed="yes", files={"key_file": upload})
    assert walk.row.key == "certificate_saved"


def test_without_the_passphrase_of_the_vault_no_key_is_taken(vault_keys: Path):
    walk = begin().to("mouse_entropy")
    type(walk.renewal).objects.filter(pk=walk.renewal.pk).update(pending_key=None)
    with pytest.raises(errors.PassphraseNotReady):
        walk.hand_in(files={"key_file": walk.key_file()})


def test_a_pair_without_its_passphrase_is_refused(vault_keys: Path):
    walk = begin("csd").to("take_in")
    files = {"certificate_file": Upload("a.cer", walk.new.certificate), "key_file": Upload("a.key", walk.new.key_file)}
    with pytest.raises(errors.AnswerMissing):
        walk.hand_in(files=files)


def test_no_step_closes_below_its_minimum_whatever_a_gate_says(vault_keys: Path):
    walk = begin()
    with pytest.raises(RuntimeError, match="enter_idse would close"):
        progress.move(
            renewal=walk.renewal,
            plan=plan_for("npie"),
            row=walk.row,
            outcome=Outcome(Verdict(grades=(Grade.WORD,))),
            by=walk.by,
            now=timezone.now(),
        )
    unchanged(walk, "enter_idse")


def test_a_step_that_changed_since_it_was_looked_at_is_not_moved(vault_keys: Path):
    walk = begin()
    stale = walk.row
    walk.hand_in(portal_notice="revoked", own_copy="yes")
    with pytest.raises(errors.StepAlreadyMoved):
        progress.move(
            renewal=walk.renewal,
            plan=plan_for("npie"),
            row=stale,
            outcome=Outcome(Verdict(grades=(Grade.TIME, Grade.WORD))),
            by=walk.by,
            now=timezone.now(),
        )
    assert walk.row.state == StepState.WAITING


@pytest.mark.parametrize(("step", "field"), [("mouse_entropy", "key_file"), ("certificate_saved", "certificate_file")])
def test_what_is_handed_in_is_sealed_before_the_transaction_in_which_the_step_moves(
    vault_keys: Path, monkeypatch: pytest.MonkeyPatch, step: str, field: str
):
    walk = begin().to(step)
    seal, inside = intake_seal.seal, []

    def watched(plaintext: bytes, *, place: Place) -> bytes:
        inside.append(connection.in_atomic_block)
        return seal(plaintext, place=place)

    monkeypatch.setattr(intake_seal, "seal", watched)
    upload = walk.key_file() if step == "mouse_entropy" else Upload("nuevo.pfx", walk.old.pfx())
    walk.hand_in(files={field: upload})
    assert inside
    assert not any(inside)


# --- letters and files


def test_a_letter_is_kept_with_its_hash_and_served_by_no_name_of_its_own(vault_keys: Path):
    walk = begin().to("sign_terms_old")
    walk.hand_in(files={"letter": Upload("../../etc/carta ñ.png", LETTER)}, why_no_file=IT_IS_A_PICTURE)
    kept = Evidence.objects.get(step__key="sign_terms_old", grade="F")
    assert (kept.grade, kept.file_name, kept.file_size) == ("F", "carta ñ.png", len(LETTER))
    assert kept.file_sha256 == evidence.sha256_of(Upload("", LETTER))
    assert "carta" not in str(kept.file.name)
    assert content_of(kept) == LETTER


def test_without_a_letter_a_reason_closes_the_step_and_is_told(vault_keys: Path):
    walk = begin().to("sign_terms_old")
    with pytest.raises(errors.FileOrReasonMissing):
        walk.hand_in(why_no_file="no")
    walk.hand_in(why_no_file="El portal cerró la ventana sola")
    kept = Evidence.objects.get(step__key="sign_terms_old")
    assert (kept.grade, kept.facts["why_no_file"]) == ("A", "El portal cerró la ventana sola")


def test_a_letter_of_twenty_megabytes_passes_and_a_byte_more_does_not(vault_keys: Path):
    walk = begin().to("sign_terms_old")
    full = LETTER.ljust(evidence.LIMIT_MEGABYTES * evidence.MEGABYTE, b"x")
    before = kept_files()
    with pytest.raises(errors.EvidenceTooLarge):
        walk.hand_in(files={"letter": Upload("carta.pdf", full + b"x")})
    with pytest.raises(errors.EmptyFile):
        walk.hand_in(files={"letter": Upload("carta.pdf", b"")})
    assert kept_files() == before
    walk.hand_in(files={"letter": Upload("carta.png", full)}, why_no_file=IT_IS_A_PICTURE)
    assert walk.row.key == "mail_that_never_comes"


@pytest.mark.parametrize("kind", ["key", "pfx", "pem in a text"])
def test_a_private_key_is_never_kept_as_a_letter(vault_keys: Path, kind: str):
    walk = begin().to("sign_terms_old")
    before = kept_files()
    pem = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n"
    data = {"key": walk.old.key_file, "pfx": walk.old.pfx(), "pem in a text": b"Querida Rosa:\n" + pem}[kind]
    with pytest.raises(errors.KeyIsNoEvidence):
        walk.hand_in(files={"letter": Upload("captura.png", data)})
    assert kept_files() == before
    assert walk.row.key == "sign_terms_old"


def test_a_kept_letter_is_read_by_the_programs_own_user_only(vault_keys: Path):
    walk = begin().to("sign_terms_old")
    walk.hand_in(files={"letter": Upload("carta.png", LETTER)}, why_no_file=IT_IS_A_PICTURE)
    kept = Path(default_storage.path(str(Evidence.objects.get(step__key="sign_terms_old", grade="F").file.name)))
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_file_whose_step_was_lost_to_somebody_else_is_not_kept(vault_keys: Path, ana: Person):
    walk = begin().to("sign_terms_old")
    seen = walk.row
    walk.hand_in(files={"letter": Upload("carta.png", LETTER)}, why_no_file=IT_IS_A_PICTURE)
    before = kept_files()
    with pytest.raises(errors.StepAlreadyMoved):
        walk.hand_in(
            "sign_terms_old",
            version=seen.version,
            by=ana,
            files={"letter": Upload("otra.png", LETTER)},
            why_no_file=IT_IS_A_PICTURE,
        )
    assert kept_files() == before


def test_the_conditions_are_not_the_terms_again(vault_keys: Path):
    walk = begin().to("conditions_at_login")
    terms = Evidence.objects.get(step__key="terms_offered_again", grade="F")
    same = Upload("condiciones.pdf", content_of(terms))
    with pytest.raises(errors.SameLetterAgain):
        walk.hand_in(files={"letter": same})
    unchanged(walk, "conditions_at_login")


# --- the last step


def test_the_second_word_is_anothers_and_nothing_closes_before_it(vault_keys: Path):
    walk = begin().to("access_granted")
    shot = Upload("idse.png", b"\x89PNG de prueba")
    with pytest.raises(errors.FileMissing):
        walk.hand_in(entered="yes")
    with pytest.raises(errors.AlreadyMoved):
        walk.second_word()
    walk.hand_in(entered="yes", files={"screenshot": shot})
    assert not walk.new_certificate.is_primary
    with pytest.raises(errors.SecondPersonNeeded):
        walk.second_word(by=walk.by)
    walk.second_word()
    assert walk.new_certificate.is_primary


def test_a_firm_of_one_confirms_twice_and_the_record_says_so(vault_keys: Path):
    walk = begin().to("access_granted")
    Person.objects.exclude(pk=walk.by.pk).update(is_active=False)
    walk.hand_in(entered="yes", files={"screenshot": Upload("idse.png", b"\x89PNG")})
    walk.second_word(by=walk.by)
    second = Evidence.objects.get(what="second_word")
    assert second.facts == {"same_person": True}


# --- history


def test_what_was_done_is_told_step_by_step_and_without_secrets(vault_keys: Path):
    walk = begin().to("install_with_new_key")
    told = [(one.name, one.facts.get("step")) for one in audit.history_of(walk.renewal).order_by("id")]
    assert told == [
        ("renewal.queued", None),
        ("renewal.laid_out", None),
        ("renewal.preflight_checked", None),
        ("renewal.step_completed", "enter_idse"),
        ("renewal.step_completed", "confirm_company"),
        ("renewal.step_completed", "new_key_place"),
        ("renewal.step_handed_in", "mouse_entropy"),
        ("renewal.step_completed", "mouse_entropy"),
        ("renewal.step_completed", "sign_terms_old"),
        ("renewal.step_completed", "mail_that_never_comes"),
    ]
    everything = str([one.facts for one in audit.history_of_company(walk.renewal.company)])
    assert walk.passphrase
    assert walk.passphrase not in everything
