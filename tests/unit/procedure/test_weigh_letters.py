"""Does a letter prove its step by signature, text or word, and is every other one refused for its reason?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from renewals import errors
from renewals.errors import letters as refusals
from renewals.pki.letter_facts import LetterFacts, LetterSignature, is_pdf, is_picture
from renewals.procedure import letter_gates
from renewals.procedure.gates import Verdict
from renewals.procedure.letter_gates import COMPANY, NEW, EarlierLetters, LetterWanted
from renewals.procedure.steps import Grade

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
OLD, NEWER = "90001", "90002"
TERMS = LetterWanted(
    rfc="EKU9003173C9",
    name="Escuela Kemper",
    signed_by="old",
    serials={"old": OLD, "new": NEWER},
    old_ended_at=NOW - timedelta(days=3),
    now=NOW,
)
OFFERED = replace(TERMS, signed_by="", names_new=True)
NAMED = LetterFacts(pages=2, named=frozenset({COMPANY}), text_sha256="ab" * 32)
SAID = "Es una foto de la carta que firmé"
GOOD = LetterSignature("good", by="old", serial=OLD, signed_at=NOW)


def weighed(read: LetterFacts | None, *, wanted: LetterWanted = TERMS, reason: str = "") -> Verdict:
    return letter_gates.letter(read=read, wanted=wanted, reason=reason)


# --- a signature


def test_a_signature_of_the_right_certificate_proves_the_step_and_says_that_it_had_expired():
    verdict = weighed(replace(NAMED, signatures=(GOOD,)))
    assert verdict.grades == (Grade.CRYPTOGRAPHIC, Grade.FILE)
    assert verdict.facts["verified_with"] == OLD
    assert verdict.facts["was_expired"] is True


def test_what_was_signed_while_the_certificate_was_valid_is_not_said_to_be_expired():
    early = replace(GOOD, signed_at=NOW - timedelta(days=10))
    assert weighed(replace(NAMED, signatures=(early,))).facts["was_expired"] is False


def test_a_signature_without_a_moment_is_judged_by_now():
    assert weighed(replace(NAMED, signatures=(replace(GOOD, signed_at=None),))).facts["was_expired"] is True


def test_the_other_certificate_of_the_renewal_is_refused_with_both_serials():
    wanted = replace(TERMS, signed_by="new")
    with pytest.raises(refusals.LetterSignedWithAnother) as refused:
        weighed(replace(NAMED, signatures=(GOOD,)), wanted=wanted)
    assert refused.value.facts == {"serial": OLD, "expected_serial": NEWER}


@pytest.mark.parametrize(
    ("read", "refusal"),
    [
        (LetterFacts(unread="without_text"), refusals.LetterWithoutText),
        (replace(NAMED, named=frozenset()), refusals.LetterNamesNobody),
        (replace(NAMED, named=frozenset(), rfcs=("ACM010101AB1",)), refusals.LetterNamesAnother),
    ],
)
def test_a_signature_says_who_signed_and_not_what_so_a_word_stands_beside_what_its_text_does_not_show(read, refusal):
    signed = replace(read, signatures=(GOOD,))
    with pytest.raises(refusal) as refused:
        weighed(signed)
    verdict = weighed(signed, reason=SAID)
    assert verdict.grades == (Grade.CRYPTOGRAPHIC, Grade.FILE, Grade.WORD)
    assert (verdict.facts["verified_with"], verdict.facts[refused.value.code]) == (OLD, SAID)


def test_a_changed_letter_is_refused_whatever_its_text_and_whoever_vouches_for_it():
    changed = replace(NAMED, signatures=(LetterSignature("changed"), GOOD))
    with pytest.raises(refusals.LetterChanged):
        weighed(changed, reason=SAID)


@pytest.mark.parametrize("state", ["partial", "other", "unknown"])
def test_a_signature_that_proves_nothing_here_leaves_the_text_to_do_it_and_is_told(state: str):
    verdict = weighed(replace(NAMED, signatures=(LetterSignature(state, serial="77"),)))
    assert verdict.grades == (Grade.FILE,)
    assert verdict.facts[f"signature_{state}"] == "77"


def test_where_no_signature_is_asked_for_one_proves_nothing():
    assert weighed(replace(NAMED, named=frozenset({COMPANY, NEW}), signatures=(GOOD,)), wanted=OFFERED).grades == (
        Grade.FILE,
    )


# --- the text


def test_the_name_of_the_company_in_the_text_makes_it_a_file():
    verdict = weighed(NAMED)
    assert verdict.grades == (Grade.FILE,)
    assert verdict.facts == {"text_sha256": "ab" * 32, "named": True, "names_new": False}


@pytest.mark.parametrize(
    ("read", "refusal"),
    [
        (LetterFacts(unread="picture"), refusals.LetterPicture),
        (LetterFacts(unread="without_text", pages=1), refusals.LetterWithoutText),
        (LetterFacts(unread="unreadable"), refusals.LetterUnreadable),
        (replace(NAMED, named=frozenset()), refusals.LetterNamesNobody),
        (replace(NAMED, named=frozenset(), rfcs=("ACM010101AB1",)), refusals.LetterNamesAnother),
    ],
)
def test_what_the_text_does_not_show_needs_a_word_beside_the_file_which_is_told(read, refusal):
    for too_short in ("", "  foto  "):
        with pytest.raises(refusal) as refused:
            weighed(read, reason=too_short)
    verdict = weighed(read, reason=f" {SAID} ")
    assert verdict.grades == (Grade.FILE, Grade.WORD)
    assert verdict.facts[refused.value.code] == SAID


def test_the_letter_that_is_offered_again_names_the_new_certificate_or_its_days():
    with pytest.raises(refusals.LetterNotOfNewCertificate) as refused:
        weighed(NAMED, wanted=OFFERED)
    assert refused.value.facts == {"serial": NEWER}
    assert weighed(replace(NAMED, named=frozenset({COMPANY, NEW})), wanted=OFFERED).facts["names_new"] is True


def test_another_clients_letter_is_refused_by_name_whoever_vouches_for_it():
    wanted = replace(TERMS, another=("ACM010101AB1", "ACME"))
    with pytest.raises(refusals.LetterOfAnotherCompany) as refused:
        weighed(
            replace(NAMED, named=frozenset(), rfcs=("ACM010101AB1",), signatures=(GOOD,)), wanted=wanted, reason=SAID
        )
    assert (refused.value.facts["name"], refused.value.facts["expected"]) == ("ACME", "Escuela Kemper")


# --- no letter, and the conditions


def test_without_a_letter_an_explanation_is_a_word():
    verdict = weighed(None, reason="  El portal cerró la ventana  ")
    assert (verdict.grades, verdict.facts) == ((Grade.WORD,), {"why_no_file": "El portal cerró la ventana"})


@pytest.mark.parametrize("reason", ["", "   ", "no pude", "         x"])
def test_without_a_letter_nothing_said_is_refused(reason: str):
    with pytest.raises(errors.FileOrReasonMissing):
        weighed(None, reason=reason)


@pytest.mark.parametrize(
    "earlier",
    [
        EarlierLetters(files=frozenset({"dd", "ee"})),
        EarlierLetters(texts=frozenset({"ab" * 32})),
    ],
)
def test_a_later_letter_is_neither_the_file_nor_the_words_of_an_earlier_one_whoever_signed_it(earlier):
    def later(before: EarlierLetters, **otherwise) -> Verdict:
        return letter_gates.another_letter(
            read=replace(NAMED, **otherwise), wanted=TERMS, reason=SAID, sha256="dd", earlier=before
        )

    with pytest.raises(errors.SameLetterAgain):
        later(earlier)
    with pytest.raises(errors.SameLetterAgain):
        later(earlier, signatures=(GOOD,))
    assert later(EarlierLetters(files=frozenset({"ff"}), texts=frozenset({"cd"}))).grades == (Grade.FILE,)


def test_two_letters_without_a_text_are_not_taken_for_one():
    verdict = letter_gates.another_letter(
        read=LetterFacts(unread="picture"),
        wanted=TERMS,
        reason=SAID,
        sha256="dd",
        earlier=EarlierLetters(texts=frozenset({""})),
    )
    assert verdict.grades == (Grade.FILE, Grade.WORD)


# --- kinds of file


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\xef\xbb\xbf%PDF-1.7", "pdf"),
        (b"\xff\xd8\xff\xe0", "picture"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"\x00\x00\x00\x18ftypheic", "picture"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "picture"),
        (b"MZ\x90\x00", ""),
        (b"PK\x03\x04", ""),
        (b"<script>", ""),
        (b"", ""),
    ],
)
def test_a_kind_is_told_by_the_first_octets(data: bytes, kind: str):
    assert (is_pdf(data), is_picture(data)) == (kind == "pdf", kind == "picture")
