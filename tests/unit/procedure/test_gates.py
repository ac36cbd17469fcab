"""Does each gate let through what proves its step, and refuse everything else with the reason?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from renewals import errors
from renewals.pki.certificate import CertificateFacts, CertificateKind
from renewals.procedure import gates
from renewals.procedure.gates import Expected
from renewals.procedure.steps import PLANS, Grade

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
YEAR = timedelta(days=365)

OLD = Expected(
    company_rfc="EKU9003173C9",
    company_name="Escuela Kemper Urgate",
    registros_patronales=("Y5400001102",),
    old_kind="npie",
    old_scope="Y540000110",
    old_issuer="Autoridad de un emisor desconocido",
    old_public_key_sha256="aa" * 32,
    old_not_before=NOW - 2 * YEAR,
    old_not_after=NOW - timedelta(days=3),
    new_public_key_sha256="bb" * 32,
)
OLD_EFIRMA = replace(OLD, old_kind="efirma", old_scope="", new_public_key_sha256="")

NEW = CertificateFacts(
    kind=CertificateKind.NPIE,
    rfc="EKU9003173C9",
    name="ESCUELA KEMPER URGATE",
    representative_rfc="",
    curp="",
    registro_patronal="Y5400001102",
    branch="",
    email="",
    serial="00001000000700000001",
    serial_hex="3030",
    issuer="AC IMSS de prueba",
    not_before=NOW - timedelta(minutes=5),
    not_after=NOW + 2 * YEAR,
    key_bits=2048,
    sha256="cc" * 32,
    public_key_sha256="bb" * 32,
    der=b"",
)
NEW_EFIRMA = replace(NEW, kind=CertificateKind.EFIRMA, registro_patronal="", issuer="AUTORIDAD CERTIFICADORA")


def saved(expected: Expected = OLD, **changes: Any) -> gates.Verdict:
    return gates.certificate_saved(new=replace(NEW, **changes), expected=expected, now=NOW)


def taken_in(expected: Expected = OLD_EFIRMA, **changes: Any) -> gates.Verdict:
    return gates.take_in(new=replace(NEW_EFIRMA, **changes), expected=expected, now=NOW)


def test_every_step_of_every_plan_has_a_gate():
    assert {key for plan in PLANS for key in plan.step_keys()} == set(gates.GATES)


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


# --- letters


def test_a_letter_that_was_kept_is_a_file():
    assert gates.letter(has_file=True, reason="").grades == (Grade.FILE,)


def test_without_a_letter_an_explanation_is_a_word():
    verdict = gates.letter(has_file=False, reason="  El portal cerró la ventana  ")
    assert verdict.grades == (Grade.WORD,)
    assert verdict.facts == {"why_no_file": "El portal cerró la ventana"}


@pytest.mark.parametrize("reason", ["", "   ", "no pude", "         x"])
def test_without_a_letter_nothing_said_is_refused(reason: str):
    with pytest.raises(errors.FileOrReasonMissing):
        gates.letter(has_file=False, reason=reason)


def test_the_conditions_are_another_file_than_the_terms():
    with pytest.raises(errors.SameLetterAgain):
        gates.conditions_at_login(has_file=True, reason="", sha256="dd", earlier_sha256={"dd", "ee"})


def test_another_file_passes_as_the_conditions():
    verdict = gates.conditions_at_login(has_file=True, reason="", sha256="ff", earlier_sha256={"dd", "ee"})
    assert verdict.grades == (Grade.FILE,)


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


# --- step 8: the new certificate


def test_the_certificate_of_the_pending_key_passes():
    verdict = saved()
    assert verdict.grades == (Grade.CRYPTOGRAPHIC,)
    assert "shorter_validity" not in verdict.facts


def test_a_certificate_of_another_rfc_is_refused_by_name_with_both():
    with pytest.raises(errors.CertificateOfAnotherHolder) as refused:
        saved(rfc="XIA190128J61", name="XENON INDUSTRIAL ARTICLES")
    assert refused.value.facts == {
        "found_rfc": "XIA190128J61",
        "found_name": "XENON INDUSTRIAL ARTICLES",
        "expected_rfc": "EKU9003173C9",
        "expected_name": "Escuela Kemper Urgate",
    }


def test_the_rfc_is_asked_before_the_key_so_that_the_wrong_client_is_named():
    with pytest.raises(errors.CertificateOfAnotherHolder):
        saved(rfc="XIA190128J61", public_key_sha256="99" * 32)


def test_a_certificate_without_rfc_passes_by_its_registro_patronal():
    assert saved(rfc="").grades == (Grade.CRYPTOGRAPHIC,)


def test_ten_characters_of_a_registro_patronal_are_the_same_as_eleven():
    assert saved(registro_patronal="Y540000110").grades == (Grade.CRYPTOGRAPHIC,)


def test_another_registro_patronal_is_refused_with_both():
    with pytest.raises(errors.CertificateOfAnotherRegistro) as refused:
        saved(registro_patronal="A0100001104")
    assert refused.value.facts["found"] == "A0100001104"
    assert refused.value.facts["expected"] == "Y540000110"


def test_an_old_certificate_without_registro_takes_any_of_the_companys():
    assert saved(replace(OLD, old_scope="")).grades == (Grade.CRYPTOGRAPHIC,)


def test_a_registro_of_nobody_is_refused_where_no_rfc_vouches_for_it():
    with pytest.raises(errors.CertificateOfAnotherRegistro):
        saved(replace(OLD, old_scope="", registros_patronales=()), rfc="")


def test_a_registro_unknown_so_far_passes_where_the_rfc_is_the_companys():
    verdict = saved(replace(OLD, old_scope="", registros_patronales=()))
    assert verdict.grades == (Grade.CRYPTOGRAPHIC,)


def test_a_certificate_that_names_its_rfc_and_no_registro_passes():
    assert saved(registro_patronal="").grades == (Grade.CRYPTOGRAPHIC,)


def test_a_certificate_that_names_nobody_is_refused():
    with pytest.raises(errors.CertificateWithoutHolder):
        saved(rfc="", registro_patronal="")


def test_a_certificate_of_another_kind_is_refused():
    with pytest.raises(errors.CertificateOfAnotherKind):
        saved(kind=CertificateKind.EFIRMA)


def test_an_authoritys_certificate_is_refused():
    with pytest.raises(errors.AuthorityCertificate):
        saved(is_authority=True)


def test_a_certificate_for_another_key_is_refused():
    with pytest.raises(errors.CertificateOfAnotherPendingKey):
        saved(public_key_sha256="99" * 32)


def test_a_certificate_that_is_known_already_is_refused():
    with pytest.raises(errors.CertificateNotNew):
        saved(replace(OLD, is_known=True))


def test_an_issuer_that_is_neither_imss_nor_the_old_one_is_refused():
    with pytest.raises(errors.ImplausibleIssuer):
        saved(issuer="Una autoridad cualquiera")


def test_the_issuer_of_the_old_certificate_is_plausible():
    assert saved(issuer=OLD.old_issuer).grades == (Grade.CRYPTOGRAPHIC,)


def test_a_certificate_that_has_ended_is_refused():
    with pytest.raises(errors.CertificateExpired):
        saved(not_before=NOW - YEAR, not_after=NOW)


def test_a_certificate_that_begins_tomorrow_or_later_is_refused():
    with pytest.raises(errors.CertificateNotYetValid):
        saved(not_before=NOW + timedelta(days=1, seconds=1))


def test_a_portal_whose_clock_is_ahead_by_hours_is_forgiven():
    assert saved(not_before=NOW + timedelta(hours=6)).grades == (Grade.CRYPTOGRAPHIC,)


def test_a_certificate_that_ends_before_it_begins_is_refused():
    with pytest.raises(errors.CertificateNotYetValid):
        saved(not_before=NOW, not_after=NOW - timedelta(days=1))


def test_a_certificate_issued_before_the_old_one_is_refused():
    with pytest.raises(errors.CertificateNotNewer):
        saved(not_before=OLD.old_not_before)


def test_a_shorter_validity_passes_and_is_flagged():
    verdict = saved(not_after=NOW + timedelta(days=180))
    assert verdict.facts["shorter_validity"] is True
    assert verdict.facts["days"] == 180
    assert verdict.facts["old_days"] == 727


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


def test_a_new_pair_of_the_same_company_passes():
    assert taken_in().grades == (Grade.CRYPTOGRAPHIC,)


def test_the_key_of_the_old_certificate_is_no_new_key():
    with pytest.raises(errors.KeySeenBefore):
        taken_in(public_key_sha256=OLD.old_public_key_sha256)


def test_a_sat_certificate_without_rfc_is_refused():
    with pytest.raises(errors.CertificateWithoutHolder):
        taken_in(rfc="")


def test_an_unknown_old_kind_is_replaced_by_whatever_the_company_got():
    assert taken_in(replace(OLD_EFIRMA, old_kind="unknown")).grades == (Grade.CRYPTOGRAPHIC,)


def test_the_pair_of_another_company_is_refused():
    with pytest.raises(errors.CertificateOfAnotherHolder):
        taken_in(rfc="XIA190128J61")


def test_nothing_is_activated_before_its_key_lies_in_the_vault():
    with pytest.raises(errors.KeyNotInCustody):
        gates.confirm(is_in_custody=False)


def test_what_a_person_says_of_the_general_plan_is_a_word():
    assert gates.obtain().grades == gates.confirm(is_in_custody=True).grades == (Grade.WORD,)


def test_what_the_vault_proved_is_cryptographic():
    assert gates.generated().grades == (Grade.CRYPTOGRAPHIC,)
