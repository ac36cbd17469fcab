"""A letter that is handed in is read: whose it is, who signed it, and what stays when it is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from renewals import errors
from renewals.clients.registros import add_registro_patronal
from renewals.errors import letters as refusals
from renewals.models import Certificate, Company, Evidence, Renewal, RenewalStep, Signing
from renewals.pki.cms import sign_detached
from renewals.procedure import evidence
from renewals.procedure.evidence import kept_name
from renewals.procedure.handed import Upload
from renewals.procedure.steps import Grade, plan_of
from tests import factories, pdfs
from tests.integration.procedure.test_sign_letter import STEP, ask, bytes_of, standing_at
from tests.pairs import Pair, make_pair, pooled_key
from tests.walks import IT_IS_A_PICTURE, LETTER, Walk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def walk(vault_keys, beto) -> Walk:
    """At the step that wants the letter signed with the expired pair."""
    return standing_at(beto)


def of(walk: Walk, text: str = "") -> bytes:
    return pdfs.letter(f"Carta de términos de {walk.renewal.company.rfc} {text}")


def give(
    walk: Walk, data: bytes, name: str = "carta.pdf", *, apart: bytes | None = None, why_no_file: str = ""
) -> None:
    files = {"letter": Upload(name, data)}
    if apart is not None:
        files["signature_file"] = Upload("carta.p7s", apart)
    walk.hand_in(files=files, why_no_file=why_no_file)


def at(walk: Walk, step: str) -> None:
    """The same renewal at another step."""
    Renewal.objects.update(current_step=step)
    walk.renewal.refresh_from_db()


def ask_again(walk: Walk, data: bytes) -> Signing:
    """Another letter to be signed, once the first is out of the way."""
    Evidence.objects.update(superseded_at=timezone.now())
    return ask(walk, upload=Upload("carta.pdf", data))


def proofs(walk: Walk, step: str = STEP) -> list[Evidence]:
    return list(Evidence.objects.filter(step__renewal=walk.renewal, step__key=step).order_by("id"))


def standing_with_new(walk: Walk, step: str) -> Pair:
    """The same renewal further on, with a certificate that came two days ago."""
    now = timezone.now()
    pair = make_pair(
        "npie",
        rfc=walk.renewal.company.rfc,
        key=pooled_key(),
        not_before=now - timedelta(days=2),
        not_after=now + timedelta(days=700),
    )
    row = factories.certificate(walk.renewal.company, pair, is_primary=False)
    Renewal.objects.update(current_step=step, new_certificate=row)
    walk.renewal.refresh_from_db()
    return pair


def test_a_signed_letter_is_verified_against_the_certificate_of_the_step_and_closes_it_as_proved(walk):
    give(walk, pdfs.signed_elsewhere(of(walk), walk.old))
    proved, kept = proofs(walk)
    assert (proved.grade, kept.grade) == ("C", "F")
    assert proved.facts["verified_with"] == walk.old_certificate.serial
    assert proved.facts["was_expired"] is True
    assert walk.renewal.current_step != STEP


def test_what_the_vault_signed_passes_when_somebody_hands_it_in_again_in_either_form(walk):
    letter = of(walk)
    cms = sign_detached(letter, key=walk.old.key, certificate=walk.old.certificate)
    give(walk, letter, apart=cms)
    proved, _file, apart = proofs(walk)
    assert (proved.grade, proved.facts["is_apart"]) == ("C", True)
    assert (apart.what, apart.file_name, apart.facts) == (
        "letter_signature",
        "carta.p7s",
        {"signature_of": "carta.pdf"},
    )
    assert (bytes_of(proved), bytes_of(apart)) == (letter, cms)


def test_a_signature_that_comes_alone_is_of_the_letter_that_the_portal_offered(walk):
    pair = standing_with_new(walk, "sign_terms_new")
    letter = of(walk, "otra vez")
    offered = RenewalStep.objects.get(renewal=walk.renewal, key="terms_offered_again")
    kept = evidence.keep(Upload("carta.pdf", letter))
    evidence.write_file(
        row=offered, grade=Grade.FILE, what=offered.key, facts={}, kept=kept, by=None, now=timezone.now()
    )
    cms = sign_detached(letter, key=pair.key, certificate=pair.certificate)
    walk.hand_in(files={"signature_file": Upload("carta.pdf.p7s", cms)})
    assert [one.grade for one in proofs(walk, "sign_terms_new")] == ["C", "F"]


def test_the_old_pair_does_not_sign_where_the_new_one_should(walk):
    standing_with_new(walk, "sign_terms_new")
    with pytest.raises(refusals.LetterSignedWithAnother):
        give(walk, pdfs.signed_elsewhere(of(walk), walk.old))


def test_a_letter_with_the_companys_rfc_is_a_file_and_one_without_needs_a_word(walk):
    with pytest.raises(refusals.LetterNamesNobody):
        give(walk, pdfs.letter("Carta de términos y condiciones"))
    assert proofs(walk) == []
    give(walk, pdfs.letter("Carta de términos y condiciones"), why_no_file="El portal no imprime el RFC")
    assert [one.grade for one in proofs(walk)] == ["F", "A"]
    assert proofs(walk)[0].facts["letter_names_nobody"] == "El portal no imprime el RFC"


def test_a_registro_patronal_names_the_company_too(walk):
    with transaction.atomic():
        add_registro_patronal(company=walk.renewal.company, number="Z9912345103", by=walk.by)
    give(walk, pdfs.letter("Registro patronal Z99-12345-10"))
    assert [one.grade for one in proofs(walk)] == ["F"]


def test_another_clients_letter_is_refused_by_name_to_whoever_may_know_them(walk, beto, carla):
    other = factories.company(rfc="ACM010101AB1", name="ACME del Norte SA de CV", responsible=beto)
    with pytest.raises(refusals.LetterOfAnotherCompany) as refused:
        give(walk, pdfs.letter("Carta de ACM010101AB1"), why_no_file=IT_IS_A_PICTURE)
    assert refused.value.facts["name"] == other.name
    # To whoever may not, nothing tells that the firm has such a client.
    Company.objects.filter(pk=other.pk).update(responsible=carla)
    other.assignments.all().delete()
    with pytest.raises(refusals.LetterNamesAnother) as unnamed:
        give(walk, pdfs.letter("Carta de ACM010101AB1"))
    assert other.name not in str(unnamed.value.facts)


def test_a_photograph_passes_with_a_word_and_keeps_its_kind_in_its_name(walk):
    with pytest.raises(refusals.LetterPicture):
        give(walk, LETTER, "foto.png")
    give(walk, LETTER, "foto.exe", why_no_file=IT_IS_A_PICTURE)
    kept, _word = proofs(walk)
    assert (kept.grade, kept.file_name) == ("F", "foto.exe.png")


def test_the_letter_that_comes_again_names_the_new_certificate(walk):
    pair = standing_with_new(walk, "terms_offered_again")
    with pytest.raises(refusals.LetterNotOfNewCertificate):
        give(walk, of(walk, "del 3 de marzo de 2020"))
    yesterday = timezone.localdate() - timedelta(days=1)
    give(walk, of(walk, f"de fecha {yesterday:%d/%m/%Y}"))
    (kept,) = proofs(walk, "terms_offered_again")
    assert kept.facts["names_new"] is True
    assert pair.facts.serial


def test_the_conditions_are_not_the_terms_downloaded_once_more(walk):
    standing_with_new(walk, "terms_offered_again")
    letter = of(walk, f"{timezone.localdate():%d/%m/%Y}")
    give(walk, letter)
    Renewal.objects.update(current_step="conditions_at_login")
    walk.renewal.refresh_from_db()
    with pytest.raises(errors.SameLetterAgain):
        give(walk, letter.replace(b"%PDF-1.3", b"%PDF-1.4"))
    # Sent back, the earlier one proves nothing any more and stands in nobody's way.
    Evidence.objects.update(superseded_at=timezone.now())
    give(walk, letter)
    assert walk.renewal.current_step != "conditions_at_login"


def test_any_paper_that_was_ever_signed_with_the_pair_is_no_letter_without_a_word(walk):
    lease = pdfs.signed_elsewhere(pdfs.letter("Contrato de arrendamiento de un local"), walk.old)
    with pytest.raises(refusals.LetterNamesNobody):
        give(walk, lease)
    assert proofs(walk) == []
    give(walk, lease, why_no_file="El portal no imprime el RFC")
    assert [one.grade for one in proofs(walk)] == ["C", "F", "A"]
    assert proofs(walk)[0].facts["letter_names_nobody"] == "El portal no imprime el RFC"


def test_one_signed_letter_closes_one_step(walk):
    pair = standing_with_new(walk, "sign_terms_new")
    signed = pdfs.signed_elsewhere(of(walk, "nueva"), pair)
    give(walk, signed)
    at(walk, "sign_conditions_new")
    with pytest.raises(errors.SameLetterAgain):
        give(walk, signed)
    # Signed once more it is another file, and still the same letter; nor is it signed here.
    same, new = of(walk, "nueva"), walk.renewal.new_certificate
    with pytest.raises(errors.SameLetterAgain):
        give(walk, same, apart=sign_detached(same, key=pair.key, certificate=pair.certificate))
    assert new is not None
    factories.sealed_key(new, pair)
    with pytest.raises(errors.SameLetterAgain):
        ask(walk, step_key="sign_conditions_new", upload=Upload("carta.pdf", same))
    assert proofs(walk, "sign_conditions_new") == []
    give(walk, pdfs.signed_elsewhere(of(walk, "de uso"), pair))
    assert [one.grade for one in proofs(walk, "sign_conditions_new")] == ["C", "F"]


def test_the_letter_of_the_old_pair_is_not_the_one_of_the_new_unless_the_portal_offered_it_again(walk):
    give(walk, of(walk))
    standing_with_new(walk, "sign_terms_new")
    with pytest.raises(errors.SameLetterAgain):
        give(walk, of(walk))
    at(walk, "terms_offered_again")
    give(walk, of(walk), why_no_file="El portal ofreció la misma, palabra por palabra")
    at(walk, "sign_terms_new")
    give(walk, of(walk).replace(b"%PDF-1.3", b"%PDF-1.4"))
    assert [one.grade for one in proofs(walk, "sign_terms_new")] == ["F"]


def test_a_letter_that_was_signed_here_is_known_again_at_a_later_step(walk):
    ask(walk, upload=Upload("carta.pdf", of(walk)))
    standing_with_new(walk, "sign_terms_new")
    with pytest.raises(errors.SameLetterAgain):
        give(walk, of(walk).replace(b"%PDF-1.3", b"%PDF-1.4"))


def test_what_a_client_sent_ahead_of_its_step_is_taken_there(walk):
    letter = of(walk, "nueva")
    evidence.write_file(
        row=walk.row,
        grade=Grade.WORD,
        what="client_letter",
        facts={},
        kept=evidence.keep(Upload("carta.pdf", letter)),
        by=None,
        now=timezone.now(),
    )
    standing_with_new(walk, "sign_terms_new")
    give(walk, letter)
    assert proofs(walk, "sign_terms_new")[0].grade == "F"


def test_a_letter_to_be_signed_whose_text_does_not_name_the_company_says_so_beside_it(walk):
    asked = ask(walk)
    assert asked.document.facts["letter_names_nobody"] == asked.approval.reason
    assert "letter_names_nobody" not in ask_again(walk, of(walk)).document.facts


@pytest.mark.parametrize(
    ("data", "name", "refusal"),
    [
        (b"MZ\x90\x00", "factura.pdf.exe", refusals.LetterOfNoKnownKind),
        (pdfs.with_script(), "carta.pdf", refusals.LetterHasScript),
        (pdfs.with_file(), "carta.pdf", refusals.LetterCarriesFiles),
        (pdfs.encrypted("secreta"), "carta.pdf", refusals.LetterLocked),
        (pdfs.bomb(), "carta.pdf", refusals.LetterTooHeavy),
        (pdfs.crowded(), "carta.pdf", refusals.LetterTooHeavy),
        (pdfs.letter()[:-200], "carta.pdf", refusals.LetterUnreadable),
        (b"x" * (20 * 1024 * 1024 + 1), "carta.pdf", errors.EvidenceTooLarge),
    ],
)
def test_a_hostile_letter_is_refused_by_name_and_nothing_is_kept(walk, data, name, refusal):
    before = walk.row.version
    with pytest.raises(refusal):
        give(walk, data, name)
    assert proofs(walk) == []
    assert walk.row.version == before


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("factura.pdf.exe", "factura.pdf.exe.pdf"),
        ("carta\u202efdp.exe", "cartafdp.exe.pdf"),
        ("C:\\cartas\\..\\carta.pdf", "carta.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("x" * 5000 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_the_name_of_a_file_ends_as_what_it_is_and_leads_nowhere(name, shown):
    assert kept_name(Upload(name, pdfs.letter())) == shown


def test_a_letter_to_be_signed_is_read_before_anybody_is_asked(walk):
    factories.company(rfc="ACM010101AB1", name="ACME", responsible=walk.by)
    for data, refusal in [
        (pdfs.letter("Carta de ACM010101AB1"), refusals.LetterOfAnotherCompany),
        (pdfs.with_script(), refusals.LetterHasScript),
    ]:
        with pytest.raises(refusal):
            ask(walk, upload=Upload("carta.pdf", data))
    assert not Signing.objects.exists()


def test_a_renewal_of_the_first_edition_takes_letters_as_it_always_did(walk):
    Renewal.objects.update(edition=1)
    walk.renewal.refresh_from_db()
    fields = [one.name for one in plan_of("npie", 1).step(STEP).fields]
    assert fields == ["letter", "why_no_file"]
    give(walk, of(walk))
    assert [one.grade for one in proofs(walk)] == ["F"]
    assert Certificate.objects.filter(pk=walk.renewal.certificate_id).exists()
