"""A letter of a step is signed by the vault under a second person's word, exactly once, and nobody gets the key."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from renewals import audit
from renewals.approvals import deciding
from renewals.errors import (
    AlreadyMoved,
    ApprovalOfOneself,
    ConfirmationNeeded,
    FileOrReasonMissing,
    MandateMissing,
    MasterKeyAbsent,
    NotAPdf,
    NotPermitted,
    NotVisible,
    PdfAlreadySigned,
    ReasonMissing,
    SigningUnderWay,
    StepSignsNothing,
)
from renewals.models import (
    Approval,
    ApprovalState,
    Certificate,
    Evidence,
    Mandate,
    Renewal,
    RenewalStep,
    Signing,
    SigningState,
)
from renewals.procedure import evidence, signing
from renewals.procedure.handed import Upload
from renewals.procedure.signing_works import LEASE, sign, signings_waiting
from tests import factories, pdfs
from tests.walks import Walk

pytestmark = pytest.mark.django_db(transaction=True)
STEP = "sign_terms_old"


@pytest.fixture
def walk(vault_keys, beto) -> Walk:
    """At the step that wants the letter signed with the expired pair."""
    return standing_at(beto)


def standing_at(beto) -> Walk:
    """Put where it belongs and not walked there: the way does not matter here, and walking takes seconds."""
    walk = factories.renewal_at("enter_idse")
    Renewal.objects.update(current_step=STEP)
    walk.renewal.refresh_from_db()
    return walk


def ask(walk: Walk, **otherwise) -> Signing:
    now = otherwise.pop("now", timezone.now())
    wanted = {
        "renewal": walk.renewal,
        "step_key": STEP,
        "upload": Upload("Carta de términos.pdf", pdfs.letter()),
        "reason": "Renovar el NPIE",
        "by": walk.by,
        "confirmed_at": now,
        "now": now,
    }
    return signing.ask(**wanted | otherwise)


def approve(asked: Signing, by) -> None:
    now = timezone.now()
    deciding.approve(approval=Approval.objects.get(pk=asked.approval_id), by=by, confirmed_at=now, now=now)


def signed(walk: Walk) -> Signing:
    asked = ask(walk)
    approve(asked, walk.second)
    sign(signing_id=asked.pk, now=timezone.now())
    asked.refresh_from_db()
    return asked


def bytes_of(kept: Evidence) -> bytes:
    file = evidence.open_kept(kept)
    assert file is not None
    with file:
        return bytes(file.read())


def test_what_two_people_allow_is_signed_and_lies_at_the_step(walk):
    done = signed(walk)
    assert (done.state, done.failure_code) == (SigningState.SIGNED, "")
    assert done.signed is not None
    assert bytes_of(done.signed).startswith(bytes_of(done.document))
    assert b"/ByteRange" in bytes_of(done.signed)
    assert (done.signed.grade, done.signed.file_name) == ("C", "Carta de términos_firmada.pdf")
    assert done.signed.facts == {
        "signed_with": walk.old_certificate.serial,
        "was_expired": True,
        "approved_by": str(walk.second),
    }
    assert Approval.objects.get(pk=done.approval_id).state == ApprovalState.USED
    names = [event.name for event in audit.history_of(done)]
    assert names == ["signing.signed", "signing.asked"]


def test_a_signature_apart_lies_beside_it(walk):
    done = signed(walk)
    assert done.cms is not None
    assert (done.cms.grade, done.cms.file_name) == ("C", "Carta de términos.pdf.p7s")
    assert done.cms.facts == {"signature_of": "Carta de términos.pdf"}
    assert bytes_of(done.cms).startswith(b"\x30\x82")
    assert bytes_of(done.document) not in bytes_of(done.cms)


def test_a_certificate_that_is_still_valid_is_not_said_to_be_expired(walk):
    Certificate.objects.update(not_after=timezone.now() + timedelta(days=9))
    done = signed(walk)
    assert done.signed is not None
    assert done.signed.facts["was_expired"] is False


def test_the_step_then_closes_without_another_upload(walk):
    signed(walk)
    walk.hand_in()
    assert walk.renewal.current_step != STEP
    row = RenewalStep.objects.get(renewal=walk.renewal, key=STEP)
    assert [(one.grade, bool(one.file)) for one in row.evidence.order_by("id")] == [
        ("A", True),
        ("C", True),
        ("C", True),
        ("F", False),
    ]


def test_a_letter_that_was_only_handed_in_to_be_signed_closes_nothing(walk):
    approve(ask(walk), walk.second)
    with pytest.raises(FileOrReasonMissing):
        walk.hand_in()


def test_before_the_second_word_nothing_is_signed(walk):
    asked = ask(walk)
    assert signings_waiting(timezone.now(), 10) == []
    sign(signing_id=asked.pk, now=timezone.now())
    asked.refresh_from_db()
    assert asked.state == SigningState.ASKED


def test_nobody_gives_the_second_word_to_themselves(walk):
    asked = ask(walk)
    with pytest.raises(ApprovalOfOneself):
        approve(asked, walk.by)


def test_it_is_signed_once_however_often_the_worker_looks(walk, work):
    asked = ask(walk)
    approve(asked, walk.second)
    work()
    work()
    sign(signing_id=asked.pk, now=timezone.now() + LEASE * 2)
    sign(signing_id=uuid4(), now=timezone.now())
    assert Evidence.objects.filter(what=evidence.SIGNED).count() == 1


@pytest.mark.parametrize("who", ["carla", "dalia"])
def test_only_who_may_work_for_the_company_asks(walk, who, request):
    with pytest.raises((NotVisible, NotPermitted)):
        ask(walk, by=request.getfixturevalue(who))


@pytest.mark.parametrize(
    ("otherwise", "refusal"),
    [
        ({"confirmed_at": None}, ConfirmationNeeded),
        ({"reason": "  "}, ReasonMissing),
        ({"step_key": "sign_terms_new"}, AlreadyMoved),
        ({"step_key": "no_such_step"}, AlreadyMoved),
        ({"upload": Upload("reto.txt", b"reto de IDSE")}, NotAPdf),
    ],
)
def test_what_is_refused_at_the_door_leaves_nothing(walk, otherwise, refusal):
    before = Evidence.objects.count()
    with pytest.raises(refusal):
        ask(walk, **otherwise)
    assert (Evidence.objects.count(), Signing.objects.count(), Approval.objects.count()) == (before, 0, 0)


def test_a_step_that_signs_nothing_takes_no_letter(walk):
    Renewal.objects.update(current_step="confirm_company")
    with pytest.raises(StepSignsNothing):
        ask(walk, step_key="confirm_company")


def test_a_step_whose_certificate_is_not_there_yet_signs_nothing(walk):
    Renewal.objects.update(current_step="sign_terms_new")
    with pytest.raises(StepSignsNothing):
        ask(walk, step_key="sign_terms_new")


def test_a_letter_that_is_signed_already_is_told_before_anybody_is_bothered(walk):
    done = signed(walk)
    assert done.signed is not None
    again = bytes_of(done.signed)
    Signing.objects.update(state=SigningState.FAILED)
    with pytest.raises(PdfAlreadySigned):
        ask(walk, upload=Upload("otra.pdf", again))


def test_one_letter_at_a_time(walk):
    asked = ask(walk)
    with pytest.raises(SigningUnderWay):
        ask(walk)
    deciding.refuse(approval=Approval.objects.get(pk=asked.approval_id), by=walk.second, now=timezone.now())
    assert ask(walk).pk != asked.pk


def test_without_a_mandate_nothing_is_signed(walk):
    asked = ask(walk)
    approve(asked, walk.second)
    Mandate.objects.update(revoked_at=timezone.now())
    with pytest.raises(MandateMissing):
        ask(walk)
    sign(signing_id=asked.pk, now=timezone.now())
    asked.refresh_from_db()
    assert (asked.state, asked.failure_code) == (SigningState.FAILED, "mandate_missing")


def test_a_file_that_was_swapped_after_the_approval_is_not_signed(walk):
    asked = ask(walk)
    approve(asked, walk.second)
    other = default_storage.save("evidence/other", ContentFile(pdfs.letter("Otra carta")))
    Evidence.objects.filter(pk=asked.document_id).update(file=other)
    sign(signing_id=asked.pk, now=timezone.now())
    asked.refresh_from_db()
    assert (asked.state, asked.failure_code) == (SigningState.FAILED, "document_changed")


def test_a_row_that_was_rewritten_with_its_hash_is_not_what_was_approved(walk):
    asked = ask(walk)
    approve(asked, walk.second)
    other = pdfs.letter("Otra carta")
    kept = evidence.keep_made(other, name="otra.pdf")
    Evidence.objects.filter(pk=asked.document_id).update(file=kept.path, file_sha256=kept.sha256)
    sign(signing_id=asked.pk, now=timezone.now())
    asked.refresh_from_db()
    assert (asked.state, asked.failure_code) == (SigningState.FAILED, "approval_missing")
    assert not opened_for_people(walk)


def opened_for_people(walk: Walk) -> list[str]:
    events = audit.history_of(walk.old_certificate)
    return [event.name for event in events if event.name == "key.opened" and event.person]


def test_a_renewal_that_moved_on_meanwhile_signs_nothing(walk):
    asked = ask(walk)
    approve(asked, walk.second)
    Renewal.objects.update(current_step="confirm_company")
    sign(signing_id=asked.pk, now=timezone.now())
    asked.refresh_from_db()
    assert (asked.state, asked.failure_code) == (SigningState.FAILED, "already_moved")


def test_somebody_who_lost_access_meanwhile_counts_no_more(walk):
    asked = ask(walk)
    approve(asked, walk.second)
    walk.second.is_active = False
    walk.second.save(update_fields=["is_active"])
    sign(signing_id=asked.pk, now=timezone.now())
    asked.refresh_from_db()
    assert asked.failure_code == "approval_missing"


def test_without_a_master_key_the_letter_goes_on_waiting(walk, settings):
    asked = ask(walk)
    approve(asked, walk.second)
    settings.PROCESS_ROLE = "web"
    with pytest.raises(MasterKeyAbsent):
        sign(signing_id=asked.pk, now=timezone.now())
    asked.refresh_from_db()
    assert asked.state == SigningState.ASKED


@pytest.mark.parametrize(
    "moment",
    [
        "renewals.vault.documents.started",  # the document is claimed, nothing is opened
        "renewals.vault.signing.prover.sign",  # the key is open
        "renewals.procedure.signing_works.evidence.keep_made",  # it is signed, nothing is written
        "renewals.procedure.signing_works.use",  # half of what belongs together is written
    ],
)
def test_a_worker_that_dies_signs_once_or_not_yet(walk, monkeypatch, moment):
    class Death(BaseException):
        """What no handler of ours catches."""

    def die(*_args, **_kwargs):
        raise Death

    asked = ask(walk)
    approve(asked, walk.second)
    with monkeypatch.context() as dying:
        dying.setattr(moment, die)
        with pytest.raises(Death):
            sign(signing_id=asked.pk, now=timezone.now())
    assert signings_waiting(timezone.now(), 10) == []
    assert Approval.objects.get(pk=asked.approval_id).state == ApprovalState.APPROVED
    later = timezone.now() + LEASE + timedelta(seconds=1)
    assert signings_waiting(later, 10) == [asked.pk]
    sign(signing_id=asked.pk, now=later)
    asked.refresh_from_db()
    assert (asked.state, Evidence.objects.filter(what=evidence.SIGNED).count()) == (SigningState.SIGNED, 1)
    assert Approval.objects.get(pk=asked.approval_id).state == ApprovalState.USED
