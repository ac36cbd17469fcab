"""Does a way out of trouble keep what was told, make the renewal wait, and never close a step by itself?"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from renewals.errors import AnswerMissing, KeyIsNoEvidence, RenewalClosed
from renewals.errors.playbooks import (
    DayToCome,
    DayUnreadable,
    IdentityDiffers,
    NothingToTry,
    PlaybookMoved,
    PlaybookNotOffered,
    PlaybookUnderWay,
    SerialOfOldCertificate,
    SerialUnusable,
)
from renewals.models import Evidence, Incident, Person, PlaybookRun, PlaybookState, RenewalState, Wait
from renewals.procedure import branching, cancelling, limits, runs
from renewals.procedure.handed import HandedIn, Upload
from tests import factories
from tests.walks import Walk, begin, run_workers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def walk(vault_keys: Path) -> Walk:
    """A renewal that stands at its first step."""
    return begin()


def at(walk: Walk, key: str) -> PlaybookRun:
    """One way out, begun at the current step."""
    return branching.begin(
        renewal=walk.renewal, step_key=walk.renewal.current_step, key=key, by=walk.by, now=timezone.now()
    )


def answer(run: PlaybookRun, way: str, *, by: Person | None = None, version: int | None = None, **told: str) -> None:
    """Give an answer, with what is told beside it; a file goes by ``picture``."""
    files = {}
    if "picture" in told:
        files["picture"] = Upload("captura.png", told.pop("picture").encode())
    branching.hand_in(
        run=run,
        version=run.version if version is None else version,
        way=way,
        handed=HandedIn(answers=told, files=files),
        by=by or run.begun_by,
        now=timezone.now(),
    )
    run.refresh_from_db()


def a_working_day() -> str:
    return limits.next_open(timezone.localdate() + timedelta(days=7)).isoformat()


def test_an_answer_leads_on_and_is_kept_as_evidence_of_the_step(walk: Walk):
    run = at(walk, "broken_page")
    answer(run, "still")
    assert (run.stage, run.version) == ("compatibility", 1)
    kept = Evidence.objects.get(playbook=run)
    assert (kept.step, kept.grade, kept.by) == (walk.row, "A", walk.by)
    assert kept.facts == {"way": "still"}


def test_a_way_out_that_ends_well_leaves_the_step_as_it_was(walk: Walk):
    before = walk.row
    run = at(walk, "old_passphrase")
    answer(run, "works")
    assert (run.state, run.open) == (PlaybookState.SOLVED, None)
    assert (walk.row.state, walk.row.version) == (before.state, before.version)


def test_what_is_told_on_a_way_out_never_closes_a_step(walk: Walk):
    walk.to("sign_terms_old")
    run = at(walk, "broken_page")
    answer(run, "still")
    answer(run, "still")
    answer(run, "later", what="La carta no carga", picture="imagen")
    assert Evidence.objects.filter(step=walk.row, grade="F").exists()
    with pytest.raises(Exception, match="file_or_reason_missing"):
        walk.hand_in()


def test_waiting_for_the_client_is_a_wait_with_its_day_and_the_walk_goes_on_after_it(walk: Walk):
    run = at(walk, "old_passphrase")
    for way in ("still", "none_opens", "asked"):
        answer(run, way)
    wait = Wait.objects.open().get(renewal=walk.renewal)
    assert wait.kind == "client"
    assert wait.check_on == limits.suggested_check("client", today=timezone.localdate())
    assert (run.stage, run.open) == ("answered", True)
    answer(run, "opened")
    assert not Wait.objects.open().filter(renewal=walk.renewal).exists()


def test_an_appointment_waits_for_its_own_day_and_asking_again_moves_it(walk: Walk):
    run = at(walk, "key_lost")
    answer(run, "lost")
    answer(run, "appointment", day=a_working_day())
    assert Wait.objects.open().get().check_on == date.fromisoformat(a_working_day())
    answer(run, "again")
    later = limits.next_open(date.fromisoformat(a_working_day()) + timedelta(days=7))
    answer(run, "appointment", day=later.isoformat())
    assert Wait.objects.open().get().check_on == later
    assert Wait.objects.count() == 2


def test_a_certificate_that_is_cancelled_in_person_cancels_the_renewal_and_says_why(walk: Walk):
    run = at(walk, "key_lost")
    answer(run, "misused")
    answer(run, "been_there")
    answer(run, "requested", requested_on=timezone.localdate().isoformat())
    answer(run, "delivered")
    walk.renewal.refresh_from_db()
    assert walk.renewal.state == RenewalState.CANCELLED
    assert "Se perdió la llave" in walk.renewal.closing_reason
    assert run.open is None


def test_an_answer_without_what_it_needs_changes_nothing(walk: Walk):
    run = at(walk, "portal_down")
    with pytest.raises(AnswerMissing):
        answer(run, "down")
    run.refresh_from_db()
    assert (run.stage, run.version) == ("check", 0)
    assert not Evidence.objects.filter(playbook=run).exists()


def test_a_serial_is_digits_and_letters_and_never_that_of_the_old_certificate(vault_keys: Path):
    walk = begin().to("install_with_new_key")
    run = at(walk, "certificate_not_downloaded")
    for serial in ("12/34", "<b>1</b>", "9" * 41, "ñandú"):
        with pytest.raises(SerialUnusable):
            answer(run, "found", serial=serial)
    with pytest.raises(SerialOfOldCertificate):
        answer(run, "found", serial=walk.old_certificate.serial)
    answer(run, "found", serial=" 0000-1000 77 ")
    assert run.answers["serial"]["serial"] == "0000100077"


def test_days_that_cannot_be_are_refused(walk: Walk):
    run = at(walk, "key_lost")
    answer(run, "lost")
    with pytest.raises(DayUnreadable):
        answer(run, "appointment", day="mañana")
    with pytest.raises(AnswerMissing):
        answer(run, "appointment")
    answer(run, "been_there")
    with pytest.raises(DayToCome):
        answer(run, "requested", requested_on=(timezone.localdate() + timedelta(days=1)).isoformat())


def test_a_key_is_no_picture(walk: Walk):
    run = at(walk, "broken_page")
    answer(run, "still")
    answer(run, "still")
    with pytest.raises(KeyIsNoEvidence):
        answer(run, "later", what="Se ve en blanco", picture="-----BEGIN PRIVATE KEY-----")


def test_of_two_people_one_answers_and_the_other_is_told(walk: Walk):
    run = at(walk, "broken_page")
    seen = PlaybookRun.objects.get(pk=run.pk)
    answer(run, "still")
    with pytest.raises(PlaybookMoved):
        answer(seen, "works", by=walk.second)
    assert PlaybookRun.objects.get(pk=run.pk).stage == "compatibility"


def test_one_way_out_at_a_time_and_beginning_the_same_one_leads_on_in_it(walk: Walk):
    run = at(walk, "broken_page")
    assert at(walk, "broken_page") == run
    with pytest.raises(PlaybookUnderWay):
        at(walk, "key_lost")


def test_a_step_offers_its_own_ways_out_and_no_others(walk: Walk):
    with pytest.raises(PlaybookNotOffered):
        at(walk, "mail_missing")


def test_a_csd_is_not_sent_to_an_appointment_that_only_an_efirma_needs(vault_keys: Path):
    walk = begin("csd")
    with pytest.raises(PlaybookNotOffered):
        at(walk, "sat_appointment")
    assert at(walk, "sat_misuse").key == "sat_misuse"


def test_leaving_keeps_what_was_told_and_another_can_be_begun(walk: Walk):
    run = at(walk, "broken_page")
    answer(run, "still")
    branching.leave(run=run, version=run.version, by=walk.by, now=timezone.now())
    run.refresh_from_db()
    assert (run.state, run.open) == (PlaybookState.LEFT, None)
    assert Evidence.objects.filter(playbook=run).count() == 1
    with pytest.raises(PlaybookMoved):
        branching.leave(run=run, version=run.version, by=walk.by, now=timezone.now())
    assert at(walk, "key_lost").open


def test_a_step_that_moves_on_ends_the_way_out_and_a_late_answer_is_told(vault_keys: Path):
    walk = begin().to("confirm_company")
    run = at(walk, "broken_page")
    walk.hand_in(confirmed="yes")
    run.refresh_from_db()
    assert run.state == PlaybookState.LEFT
    with pytest.raises(PlaybookMoved):
        answer(run, "works")


def test_the_recovery_of_a_certificate_hands_out_the_pending_key_at_a_step_that_otherwise_hands_out_nothing(
    vault_keys: Path,
):
    walk = begin().to("certificate_saved")
    assert runs.handout_of(walk.renewal, "certificate_saved") is None
    run = at(walk, "certificate_not_downloaded")
    answer(run, "found", serial="00001000000099")
    assert walk.take_out() == walk.passphrase


def test_nothing_is_begun_in_a_renewal_that_is_over(walk: Walk):
    cancelling.cancel(renewal=walk.renewal, reason="El cliente ya no sigue", by=walk.by, now=timezone.now())
    with pytest.raises(RenewalClosed):
        branching.begin(
            renewal=walk.renewal, step_key="enter_idse", key="key_lost", by=factories.person("ana"), now=timezone.now()
        )


def test_a_portal_that_is_down_is_written_down_once_for_everybody(walk: Walk):
    run = at(walk, "portal_down")
    answer(run, "down", what="No abre la página de entrada")
    other = begin(company=factories.company(rfc="OÑO120726RX3", responsible=walk.by), by=walk.by)
    answer(at(other, "portal_down"), "down", what="Tampoco abre aquí")
    assert [one.what for one in Incident.objects.all()] == ["No abre la página de entrada"]
    run_workers()
    assert Wait.objects.open().filter(incident__isnull=False).count() == 2


def test_whoever_came_in_with_another_company_goes_back_to_the_first_step(vault_keys: Path):
    walk = begin().to("confirm_company")
    run = at(walk, "identity_mismatch")
    answer(run, "compare", seen_rfc="OÑO120726RX3")
    with pytest.raises(IdentityDiffers):
        answer(run, "same")
    answer(run, "another_company")
    walk.renewal.refresh_from_db()
    assert walk.renewal.current_step == "enter_idse"
    assert (run.state, run.open) == (PlaybookState.SOLVED, None)


def test_nothing_is_tried_on_a_key_that_is_in_custody(walk: Walk):
    run = at(walk, "old_passphrase")
    answer(run, "still")
    with pytest.raises(NothingToTry):
        answer(run, "try")
