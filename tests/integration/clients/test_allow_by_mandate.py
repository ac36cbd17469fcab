"""A client's permission is registered by one person, confirmed by another, and counts only for what the paper says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from renewals import audit
from renewals.access import CONFIRMATION_LASTS
from renewals.clients import documents, mandates
from renewals.clients.documents import LIMIT_MEGABYTES, MEGABYTE
from renewals.errors import (
    ConfirmationNeeded,
    DamagedFile,
    EmptyFile,
    EvidenceTooLarge,
    KeyIsNoEvidence,
    MandateDatesWrong,
    MandateEnded,
    MandateIncomplete,
    MandateMissing,
    MandateNotAccepted,
    MandateNotConfirmed,
    MandateOfOneself,
    MandateOver,
    NotADocument,
    NotPermitted,
    NotVisible,
    ReasonMissing,
)
from renewals.models import Mandate
from tests import factories
from tests.killing import every_boundary
from tests.pairs import make_pair

PAPER = b"%PDF-1.7 carta mandato"
TODAY = timezone.localdate()


@pytest.fixture(autouse=True)
def private_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def company(beto):
    return factories.company(responsible=beto, with_mandate=False)


@pytest.fixture
def register(company, beto):
    """Beto registers a mandate for the e.firma and the CSD, and the client says yes; give what shall be otherwise."""

    def registered(*, accepted: bool = True, **otherwise) -> Mandate:
        terms = {
            "company": company,
            "kinds": ["efirma", "csd"],
            "valid_from_on": TODAY,
            "valid_until_on": TODAY + timedelta(days=365),
            "given_by": "Laura  Contadora",
            "document_name": "C:\\papeles\\mandato.pdf",
            "document": PAPER,
            "by": beto,
            "now": timezone.now(),
        }
        made = mandates.register(**terms | otherwise)
        if accepted:
            factories.accept(made)
        return made

    return registered


def confirm(mandate: Mandate, person, **otherwise) -> None:
    now = timezone.now()
    mandates.confirm(**{"mandate": mandate, "by": person, "confirmed_at": now, "now": now} | otherwise)


def allows(company, kind: str = "efirma", on=TODAY) -> Mandate:
    return mandates.mandate_for(company_id=company.pk, kind=kind, on=on)


def test_what_the_client_signed_is_kept_with_its_paper_and_on_the_record(register, company, beto):
    mandate = register(accepted=False)
    mandate.refresh_from_db()
    assert (mandate.kinds, mandate.given_by, mandate.document_name) == (
        ["efirma", "csd"],
        "Laura Contadora",
        "mandato.pdf",
    )
    with mandate.document.open() as kept:
        assert kept.read() == PAPER
    event = audit.history_of(mandate).get()
    assert (event.name, event.person, event.company) == ("mandate.registered", beto, company)
    assert event.facts["sha256"] == mandate.document_sha256


def test_it_counts_once_another_person_has_confirmed_it_and_the_client_has_said_yes(register, company, ana):
    mandate = register(accepted=False)
    with pytest.raises(MandateNotConfirmed):
        allows(company)
    confirm(mandate, ana)
    with pytest.raises(MandateNotAccepted):
        allows(company)
    factories.accept(mandate)
    assert allows(company) == mandate
    told = [event.name for event in audit.history_of(mandate)]
    assert told == ["mandate.accepted", "mandate.confirmed", "mandate.registered"]


def test_the_client_s_yes_alone_is_not_enough_either(register, company):
    factories.accept(register(accepted=False))
    with pytest.raises(MandateNotConfirmed):
        allows(company)


def test_the_client_says_yes_once_and_never_to_another_company_s_or_to_one_that_ended(register, company, beto):
    mandate = register()
    stranger = factories.client_request(factories.company(rfc="XIA190128J61", name="Xenon", with_mandate=False))
    waiting, ended = register(accepted=False), register(accepted=False)
    mandates.revoke(mandate=ended, reason="Estaba mal", by=beto, now=timezone.now())
    for one, through in ((mandate, None), (waiting, stranger), (ended, None)):
        with pytest.raises(MandateOver):
            factories.accept(one, through=through)
    with pytest.raises(MandateIncomplete):
        factories.accept(waiting, name="  ")
    waiting.refresh_from_db()
    assert waiting.accepted_at is None


def test_nobody_confirms_what_they_registered(register, company, beto, ana):
    mandate = register()
    with pytest.raises(MandateOfOneself):
        confirm(mandate, beto)
    assert allows_nothing(company)
    confirm(mandate, ana)


def allows_nothing(company) -> bool:
    with pytest.raises(MandateMissing):
        allows(company)
    return True


def test_a_row_with_one_person_s_word_twice_does_not_count(register, company, ana):
    """What the database would refuse anyway; whoever asks does not trust it to."""
    register()
    Mandate.objects.update(confirmed_at=timezone.now(), confirmed_by=None)
    assert allows_nothing(company)


def test_confirming_needs_the_password_again(register, ana):
    mandate = register()
    for old in (None, timezone.now() - CONFIRMATION_LASTS - timedelta(seconds=1)):
        with pytest.raises(ConfirmationNeeded):
            confirm(mandate, ana, confirmed_at=old)
    mandate.refresh_from_db()
    assert mandate.confirmed_at is None


@pytest.mark.parametrize(("who", "refused"), [("carla", NotVisible), ("dalia", NotPermitted)])
def test_only_those_who_work_for_the_company_have_a_say(register, company, request, ana, who, refused):
    mandate = register()
    person = request.getfixturevalue(who)
    with pytest.raises(refused):
        register(by=person)
    with pytest.raises(refused):
        confirm(mandate, person)
    with pytest.raises(refused):
        mandates.revoke(mandate=mandate, reason="Se fue", by=person, now=timezone.now())
    assert Mandate.objects.count() == 1


def test_it_covers_its_kinds_and_its_days_and_nothing_else(register, company, ana):
    mandate = register(valid_from_on=TODAY - timedelta(days=9), valid_until_on=TODAY)
    confirm(mandate, ana)
    assert allows(company, "csd", TODAY - timedelta(days=9)) == mandate
    assert allows(company, "csd", TODAY) == mandate
    for kind, day in (("npie", TODAY), ("csd", TODAY - timedelta(days=10)), ("unknown", TODAY)):
        with pytest.raises(MandateMissing) as refused:
            allows(company, kind, day)
        assert type(refused.value) is MandateMissing
    with pytest.raises(MandateEnded) as ended:
        allows(company, "csd", TODAY + timedelta(days=1))
    assert ended.value.facts == {"kind": "csd", "until": TODAY.isoformat()}


def test_of_several_the_one_that_lasts_longest_is_named(register, company, ana):
    longest, shorter = register(valid_until_on=TODAY + timedelta(days=900)), register()
    for one in (longest, shorter):
        confirm(one, ana)
    assert allows(company) == longest


def test_another_company_s_mandate_is_no_mandate(register, ana, beto):
    confirm(register(), ana)
    other = factories.company(rfc="XIA190128J61", name="Xenon", responsible=beto, with_mandate=False)
    assert allows_nothing(other)


def test_an_ended_mandate_allows_nothing_any_more_and_says_why_it_ended(register, company, ana, beto):
    mandate = register()
    confirm(mandate, ana)
    mandates.revoke(mandate=mandate, reason=" El cliente se fue ", by=beto, now=timezone.now())
    assert allows_nothing(company)
    mandate.refresh_from_db()
    assert (mandate.revoked_by, mandate.revoked_because) == (beto, "El cliente se fue")
    with pytest.raises(MandateOver):
        mandates.revoke(mandate=mandate, reason="otra vez", by=ana, now=timezone.now())


def test_an_ended_mandate_cannot_be_confirmed(register, ana, beto):
    mandate = register()
    mandates.revoke(mandate=mandate, reason="Estaba mal", by=beto, now=timezone.now())
    with pytest.raises(MandateOver):
        confirm(mandate, ana)


def test_a_second_confirmation_is_told_that_somebody_was_faster(register, ana):
    mandate = register()
    confirm(mandate, ana)
    with pytest.raises(MandateOver):
        confirm(mandate, factories.person("eva", role="socio"))


def test_ending_needs_a_reason(register, beto):
    with pytest.raises(ReasonMissing):
        mandates.revoke(mandate=register(), reason="  ", by=beto, now=timezone.now())


@pytest.mark.parametrize(
    ("otherwise", "refused"),
    [
        ({"given_by": "  "}, MandateIncomplete),
        ({"kinds": []}, MandateIncomplete),
        ({"kinds": ["pasaporte"]}, MandateIncomplete),
        ({"valid_until_on": TODAY - timedelta(days=1), "valid_from_on": TODAY - timedelta(days=9)}, MandateDatesWrong),
        ({"valid_from_on": TODAY + timedelta(days=9), "valid_until_on": TODAY}, MandateDatesWrong),
        ({"document": b""}, EmptyFile),
    ],
)
def test_an_incomplete_mandate_is_refused_by_name_and_nothing_is_kept(register, private_folder, otherwise, refused):
    with pytest.raises(refused):
        register(**otherwise)
    assert_nothing_kept(private_folder)


@pytest.mark.parametrize(
    ("paper", "refused"),
    [
        (b"PK\x03\x04 a program in a ZIP", NotADocument),
        (b"MZ a program", NotADocument),
        (b"<html><script>alert(1)</script>", NotADocument),
        (b"x" * 2000 + b"%PDF-1.7", NotADocument),
        (b"%PDF-1.7\n" + b"x" * (LIMIT_MEGABYTES * MEGABYTE), EvidenceTooLarge),
        (b"%PDF-1.7\n-----BEGIN RSA PRIVATE KEY-----\nMIIE", KeyIsNoEvidence),
    ],
)
def test_a_hostile_or_huge_paper_is_refused_by_name_and_nothing_is_kept(register, private_folder, paper, refused):
    with pytest.raises(refused):
        register(document=paper)
    assert_nothing_kept(private_folder)


@pytest.mark.parametrize("which", ["key_file", "pfx"])
def test_a_key_is_never_kept_as_a_paper(register, private_folder, which):
    pair = make_pair()
    with pytest.raises(KeyIsNoEvidence):
        register(document=pair.key_file if which == "key_file" else pair.pfx())
    assert_nothing_kept(private_folder)


def assert_nothing_kept(folder) -> None:
    assert not Mandate.objects.exists()
    assert not [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "paper", [b"%PDF-1.4", b"\xef\xbb\xbf\r\n%PDF-1.4", b"\xff\xd8\xff\xe0JFIF", b"\x89PNG\r\n\x1a\n"]
)
def test_what_scanners_and_telephones_write_is_taken(register, paper):
    assert register(document=paper).pk


@pytest.mark.django_db(transaction=True)
def test_a_death_at_any_moment_leaves_a_whole_mandate_or_none(register, company):
    def check(_: None) -> None:
        written = Mandate.objects.all()
        assert [audit.history_of(one).count() for one in written] == [1] * len(written)
        written.delete()

    assert every_boundary(prepare=lambda: None, run=lambda _: register(accepted=False), check=check) > 3


def test_a_paper_that_was_exchanged_is_not_shown(register, private_folder):
    mandate = register()
    where = {"path": mandate.document.name, "sha256": mandate.document_sha256}
    assert documents.read_document(**where) == PAPER
    (private_folder / mandate.document.name).write_bytes(PAPER + b" y algo distinto")
    with pytest.raises(DamagedFile):
        documents.read_document(**where)
    (private_folder / mandate.document.name).unlink()
    assert documents.read_document(**where) is None


def test_a_name_of_a_file_leads_nowhere(register):
    mandate = register(document_name="../../etc/passwd\x00\n")
    assert mandate.document_name == "passwd"
    assert default_storage.exists(mandate.document.name)
