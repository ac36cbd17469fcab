"""Does each gate let through what proves its step, and refuse everything else with the reason?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from renewals import errors
from renewals.procedure import gates, letter_gates
from renewals.procedure.steps import PLANS, Grade

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)


def test_every_step_of_every_plan_has_a_gate():
    assert {key for plan in PLANS for key in plan.step_keys()} == {*gates.GATES, *letter_gates.GATES}


# --- step 1: what the portal showed


def test_the_first_step_passes_when_the_old_files_were_handed_out():
    verdict = gates.enter_idse(notice="expired", files_handed_out=True, own_copy=False)
    assert verdict.grades == (Grade.TIME, Grade.WORD)
    assert verdict.on_hold == ""


def test_the_first_step_is_refused_when_nobody_took_the_files_out():
    with pytest.raises(errors.FilesNotHandedOut):
        gates.enter_idse(notice="expired", files_handed_out=False, own_copy=False)


def test_a_copy_from_outside_is_let_through_and_told():
    assert gates.enter_idse(notice="expired", files_handed_out=False, own_copy=True).facts["own_copy"] is True


def test_a_copy_is_not_told_where_the_files_were_handed_out():
    assert gates.enter_idse(notice="expired", files_handed_out=True, own_copy=True).facts["own_copy"] is False


@pytest.mark.parametrize("notice", ["revoked", "no_link"])
def test_a_portal_that_leads_nowhere_puts_the_step_on_hold(notice: str):
    verdict = gates.enter_idse(notice=notice, files_handed_out=True, own_copy=False)
    assert verdict.on_hold == f"portal_{notice}"


# --- step 2: the mailbox


@pytest.mark.parametrize(
    ("proved_at", "grades"),
    [
        (NOW - timedelta(days=89), (Grade.TIME, Grade.WORD)),
        (NOW - timedelta(days=91), (Grade.WORD,)),
        (NOW + timedelta(days=1), (Grade.WORD,)),
        (None, (Grade.WORD,)),
    ],
)
def test_a_mailbox_counts_only_while_its_proof_is_fresh(proved_at: datetime | None, grades: tuple[Grade, ...]):
    assert gates.confirm_company(mailbox="imss@empresa.example", proved_at=proved_at, now=NOW).grades == grades


def test_no_mailbox_is_only_a_word_whatever_was_proved_before():
    assert gates.confirm_company(mailbox="", proved_at=NOW, now=NOW).grades == (Grade.WORD,)


# --- step 3: the new passphrase


def test_the_given_passphrase_counts_once_it_was_sealed_and_shown():
    verdict = gates.new_key_place(passphrase_used="given", is_sealed=True, was_shown=True)
    assert verdict.grades == (Grade.CRYPTOGRAPHIC, Grade.WORD)


def test_a_passphrase_nobody_looked_at_was_not_typed():
    with pytest.raises(errors.PassphraseNotShown):
        gates.new_key_place(passphrase_used="given", is_sealed=True, was_shown=False)


def test_a_passphrase_that_does_not_exist_yet_was_not_typed():
    with pytest.raises(errors.PassphraseNotReady):
        gates.new_key_place(passphrase_used="given", is_sealed=False, was_shown=True)


def test_another_passphrase_is_only_a_word():
    assert gates.new_key_place(passphrase_used="own", is_sealed=True, was_shown=False).grades == (Grade.WORD,)


# --- step 4: the new key


def test_a_long_new_key_passes():
    assert gates.mouse_entropy(key_bits=2048, is_known=False).grades == (Grade.CRYPTOGRAPHIC,)


def test_a_short_key_is_refused_with_its_length():
    with pytest.raises(errors.KeyTooShort) as refused:
        gates.mouse_entropy(key_bits=1024, is_known=False)
    assert refused.value.facts == {"bits": 1024, "minimum": 2048}


def test_a_key_that_was_seen_before_is_refused():
    with pytest.raises(errors.KeySeenBefore):
        gates.mouse_entropy(key_bits=4096, is_known=True)


# --- step 6: the mail


def test_the_portal_goes_on_by_itself_in_time():
    assert gates.mail_that_never_comes(screen="").grades == (Grade.TIME,)


def test_a_person_may_say_that_the_screen_moved_on():
    assert gates.mail_that_never_comes(screen="moved_on").on_hold == ""


def test_a_screen_that_stopped_puts_the_step_on_hold():
    assert gates.mail_that_never_comes(screen="stopped").on_hold == "mail_stopped"


# --- step 7: the same key


def test_the_key_that_custody_handed_out_is_the_same():
    verdict = gates.install_with_new_key(uploaded_sha256="", pending_file_sha256="11", was_handed_out=True)
    assert verdict.grades[0] is Grade.CRYPTOGRAPHIC


def test_the_very_file_of_step_four_is_the_same():
    verdict = gates.install_with_new_key(uploaded_sha256="11", pending_file_sha256="11", was_handed_out=False)
    assert verdict.grades[0] is Grade.CRYPTOGRAPHIC


def test_another_file_is_refused_even_where_the_right_one_was_handed_out():
    with pytest.raises(errors.NotThePendingKey):
        gates.install_with_new_key(uploaded_sha256="22", pending_file_sha256="11", was_handed_out=True)


def test_a_file_is_refused_where_none_is_known_to_compare_it_with():
    with pytest.raises(errors.NotThePendingKey):
        gates.install_with_new_key(uploaded_sha256="22", pending_file_sha256="", was_handed_out=True)


def test_nothing_handed_out_and_nothing_uploaded_is_refused():
    with pytest.raises(errors.PendingKeyNotHandedOut):
        gates.install_with_new_key(uploaded_sha256="", pending_file_sha256="11", was_handed_out=False)


# --- step 14: two people


def test_a_picture_and_a_word_wait_for_the_second_person():
    verdict = gates.access_granted(has_file=True)
    assert verdict.grades == (Grade.FILE, Grade.WORD)
    assert verdict.on_hold == "second_person"


def test_no_picture_is_refused():
    with pytest.raises(errors.FileMissing):
        gates.access_granted(has_file=False)


def test_another_person_gives_the_second_word():
    assert gates.second_word(first_person=1, second_person=2, firm_has_others=True).facts == {"same_person": False}


def test_the_same_person_is_refused_where_the_firm_has_others():
    with pytest.raises(errors.SecondPersonNeeded):
        gates.second_word(first_person=1, second_person=1, firm_has_others=True)


def test_a_firm_of_one_confirms_twice_and_it_is_marked():
    assert gates.second_word(first_person=1, second_person=1, firm_has_others=False).facts == {"same_person": True}


# --- the general plan


def test_nothing_is_activated_before_its_key_lies_in_the_vault():
    with pytest.raises(errors.KeyNotInCustody):
        gates.confirm(is_in_custody=False)


def test_what_a_person_says_of_the_general_plan_is_a_word():
    assert gates.obtain().grades == gates.confirm(is_in_custody=True).grades == (Grade.WORD,)


def test_what_the_vault_proved_is_cryptographic():
    assert gates.generated().grades == (Grade.CRYPTOGRAPHIC,)
