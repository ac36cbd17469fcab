"""What a client sends is proved as far as it can be, sealed at the door, written once, and shown to nobody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from renewals import audit
from renewals.asking.arriving import MOST_SENT
from renewals.audit import Machine
from renewals.clients import mandates
from renewals.errors import MandateMissing
from renewals.errors.asking import PassphraseWithoutFile
from renewals.models import Certificate, ClientRequest, Company, Evidence, Mandate, PairState, RequestState, Wait
from renewals.models.stored_key import StoredKey, StoredSecret
from renewals.procedure.gates import mailbox_is_proved
from renewals.procedure.waiting import begin_wait
from renewals.vault.candidates import candidates_of, keep_key_file, seal_unopened
from tests import factories
from tests.integration.asking.conftest import file_of
from tests.pairs import make_pair
from tests.walks import laid_out

pytestmark = pytest.mark.django_db
#: Where the vault worker opens what was sealed.
opens_keys = pytest.mark.django_db(transaction=True)
LETTER = b"%PDF-1.7 carta"


def text_of(answer) -> str:
    return str(answer.content.decode())


@pytest.fixture
def pair():
    return make_pair()


@pytest.fixture
def certificate(company, pair) -> Certificate:
    return factories.certificate(company, pair, pair_state="no_key")


def arrivals(asked) -> list[str]:
    return [one.what for one in asked.request.items.all() if one.arrived_at is not None]


@opens_keys
def test_a_key_is_proved_at_the_door_sealed_and_taken_into_custody(ask, certificate, pair, vault_keys, work):
    asked = ask("key", certificate=certificate)
    answer = asked.send("key", key=file_of(pair.key_file), passphrase=pair.passphrase)
    assert "Gracias" in text_of(answer)
    assert sorted(arrivals(asked)) == ["key", "passphrase"]
    assert asked.now().state == RequestState.ANSWERED
    certificate.refresh_from_db()
    assert certificate.pair_state == PairState.SEALED
    work()
    certificate.refresh_from_db()
    assert certificate.pair_state == PairState.IN_CUSTODY
    acts = [one.actor for one in audit.history_of(asked.request) if one.name == "client_request.arrived"]
    assert acts == ["machine:client_link"] * 2


def test_nothing_that_opens_the_key_is_on_any_record_or_page(ask, certificate, pair, vault_keys):
    asked = ask("key", certificate=certificate)
    wrong = asked.send("key", key=file_of(pair.key_file), passphrase="otra-Clave-77")
    assert "La contraseña no abre la llave" in text_of(wrong)
    page = text_of(asked.send("key", key=file_of(pair.key_file), passphrase=pair.passphrase))
    told = repr([one.facts for one in audit.history_of_company(asked.request.company)])
    told += repr(list(asked.request.items.values()))
    for secret in (pair.passphrase, "otra-Clave-77"):
        assert secret not in page
        assert secret not in text_of(wrong)
        assert secret not in told


@pytest.mark.parametrize("fault", ["passphrase", "another key", "no key", "not a key", "empty", "huge"])
def test_what_does_not_fit_is_said_in_plain_words_and_nothing_is_kept(ask, certificate, pair, vault_keys, fault):
    told: dict[str, Any] = {"key": file_of(pair.key_file), "passphrase": pair.passphrase}
    other = make_pair()
    faults: dict[str, tuple[dict[str, Any], str]] = {
        "passphrase": ({"passphrase": "no-es"}, "La contraseña no abre la llave"),
        "another key": ({"key": file_of(other.key_file), "passphrase": other.passphrase}, "no es la pareja"),
        "no key": ({"key": ""}, "Elija el archivo"),
        "not a key": ({"key": file_of(b"hola")}, "no es una llave ni un certificado"),
        "empty": ({"key": file_of(b"")}, "vacío"),
        "huge": ({"key": file_of(b"\x30\x82" + b"x" * 2_000_000)}, "demasiado grande"),
    }
    changed, words = faults[fault]
    asked = ask("key", certificate=certificate)
    answer = asked.send("key", **told | changed)
    assert answer.status_code == 409
    assert words in text_of(answer)
    assert arrivals(asked) == []
    assert not StoredKey.objects.exists()
    assert not StoredSecret.objects.exists()


def test_files_of_another_company_are_refused_without_a_word_about_whose_they_are(ask, company, vault_keys):
    other = factories.company(rfc="XIA190128J61", name="Xenon Industrial", with_mandate=False)
    theirs = make_pair(rfc="XIA190128J61", name="XENON INDUSTRIAL")
    kept = factories.certificate(other, theirs, pair_state="no_key")
    asked = ask("key", "certificate")
    sent = {"certificate": file_of(theirs.facts.der, "x.cer"), "key": file_of(theirs.key_file)}
    page = text_of(asked.send("key", passphrase=theirs.passphrase, **sent))
    assert "no es de esta empresa" in page
    for name in ("XIA190128J61", "Xenon", "XENON", kept.serial):
        assert name not in page
    asked_again = ask("certificate", contact=_other(company))
    assert "no es de esta empresa" in text_of(asked_again.send("certificate", certificate=file_of(theirs.facts.der)))
    assert Certificate.objects.get() == kept
    assert not StoredKey.objects.exists()


def test_a_pfx_of_another_certificate_of_the_same_company_is_not_taken_for_it(ask, certificate, pair, vault_keys):
    other = make_pair()
    asked = ask("key", certificate=certificate)
    page = text_of(asked.send("key", key=file_of(other.pfx(), "otro.pfx"), passphrase=other.passphrase))
    assert "no es la pareja" in page
    assert not StoredKey.objects.exists()
    assert "Gracias" in text_of(asked.send("key", key=file_of(pair.pfx(), "este.pfx"), passphrase=pair.passphrase))


@opens_keys
def test_a_whole_pair_comes_in_where_nothing_was_known(ask, pair, vault_keys, work):
    asked = ask("key", "certificate")
    sent = {"certificate": file_of(pair.facts.der, "x.cer"), "key": file_of(pair.key_file)}
    assert "Gracias" in text_of(asked.send("key", passphrase=pair.passphrase, **sent))
    work()
    assert Certificate.objects.get().pair_state == PairState.IN_CUSTODY


def test_a_certificate_alone_comes_in_once(ask, pair):
    asked = ask("certificate")
    browser, address = asked.browser(), asked.address("client_answer_thing", "certificate")
    assert "Gracias" in text_of(browser.post(address, {"certificate": file_of(pair.facts.der, "x.cer")}))
    assert Certificate.objects.get().pair_state == PairState.NO_KEY
    assert browser.post(address, {"certificate": file_of(pair.facts.der, "x.cer")}).status_code == 404
    assert Certificate.objects.count() == 1


@opens_keys
def test_a_key_that_does_not_open_is_kept_and_its_passphrase_follows_by_the_same_link(
    ask, certificate, pair, vault_keys, work
):
    asked = ask("key", certificate=certificate)
    wrong = text_of(asked.send("key", key=file_of(pair.key_file), passphrase="la-que-creo-99"))
    assert "Guardar la llave aunque todavía no abra" in wrong
    assert not StoredKey.objects.exists()
    asked.send("key", key=file_of(pair.key_file), passphrase="", keep_locked="yes")
    assert arrivals(asked) == ["key"]
    assert asked.now().state == RequestState.OPEN
    work()
    page = text_of(asked.browser().get(asked.address("client_answer")))
    assert asked.address("client_answer_thing", "passphrase") in page
    assert "Gracias" in text_of(asked.send("passphrase", passphrase=pair.passphrase))
    work()
    certificate.refresh_from_db()
    assert certificate.pair_state == PairState.IN_CUSTODY
    assert asked.now().state == RequestState.ANSWERED


def test_a_box_that_was_ticked_keeps_nothing_that_is_no_key_of_this_certificate(ask, certificate, pair, vault_keys):
    other = make_pair()
    asked = ask("key", certificate=certificate)
    for key, passphrase in ((other.key_file, other.passphrase), (b"hola", "x"), (certificate.der, "x")):
        assert asked.send("key", key=file_of(key), passphrase=passphrase, keep_locked="yes").status_code == 409
    assert not StoredKey.objects.exists()
    asked.send("key", key=file_of(pair.key_file), passphrase=pair.passphrase, keep_locked="yes")
    certificate.refresh_from_db()
    assert certificate.pair_state == PairState.SEALED, "what opens comes in as always"


@pytest.mark.parametrize("wanted", [("passphrase",), ("passphrase", "certificate")])
def test_a_passphrase_alone_is_asked_for_only_where_a_file_waits_for_it(ask, certificate, wanted):
    with pytest.raises(PassphraseWithoutFile):
        ask(*wanted, certificate=certificate)


def test_a_passphrase_alone_is_sealed_for_the_vault_to_try(ask, certificate, pair, vault_keys):
    file = seal_unopened(company_id=certificate.company_id, container="private_key", data=pair.key_file)
    keep_key_file(file, certificate=certificate, by=Machine("client_link"))
    asked = ask("passphrase", certificate=certificate)
    assert "Gracias" in text_of(asked.send("passphrase", passphrase="la-que-creo-99"))
    assert candidates_of(certificate).passphrases == 1
    assert b"la-que-creo-99" not in b"".join(bytes(one.intake_sealed or b"") for one in StoredSecret.objects.all())


def test_guessing_ends_after_a_number_of_files(ask, certificate, pair, vault_keys):
    asked = ask("key", certificate=certificate)
    item = asked.request.items.get(what="key")
    type(item).objects.filter(pk=item.pk).update(facts={"sent": MOST_SENT})
    page = text_of(asked.send("key", key=file_of(pair.key_file), passphrase=pair.passphrase))
    assert f"Van {MOST_SENT} intentos" in page
    assert not StoredKey.objects.exists()


def test_a_letter_lies_at_the_step_and_the_wait_for_the_client_ends(ask, company, beto, vault_keys):
    renewal = laid_out(by=beto, company=company).renewal
    now = timezone.now()
    begin_wait(renewal=renewal, kind="client", cause="Falta la carta", check_on=_next_open(now), by=beto, now=now)
    asked = ask("letter", renewal=renewal)
    assert "Ese archivo es una llave" in text_of(asked.send("letter", letter=file_of(make_pair().key_file, "c.pdf")))
    assert not Evidence.objects.filter(what="client_letter").exists()
    assert "Gracias" in text_of(asked.send("letter", letter=file_of(LETTER, "carta.pdf.exe")))
    kept = Evidence.objects.get(what="client_letter")
    assert (kept.step.key, kept.grade, kept.by) == (renewal.current_step, "F", None)
    wait = Wait.objects.get()
    assert (wait.open, wait.how_ended) == (None, "answered")
    browser = Client()
    browser.force_login(beto)
    page = text_of(browser.get(reverse("renewal", args=[renewal.pk]), follow=True))
    assert "Pedido al cliente" in page
    assert "Contestada" in page


def test_a_mandate_is_read_in_full_and_counts_once_the_client_has_written_their_name(ask, company, ana):
    mandate = factories.mandate(company, accepted_at=None, accepted_by="", kinds=["npie", "efirma"])
    asked = ask("mandate")
    browser, address = asked.browser(), asked.address("client_answer_thing", "mandate")
    page = text_of(browser.get(address))
    for said in (company.name, company.rfc, "e.firma", "Laura Contadora", "mandato.pdf"):
        assert said in page
    told = {"mandate": mandate.pk, "name": "Laura\x00Contadora \u200e Ruiz", "ticked": "yes"}
    assert "Marque la casilla" in text_of(browser.post(address, {**told, "ticked": ""}))
    assert "Escriba su nombre" in text_of(browser.post(address, {**told, "name": "  "}))
    with pytest.raises(MandateMissing):
        mandates.mandate_for(company_id=company.pk, kind="npie", on=timezone.localdate())
    assert "Gracias" in text_of(browser.post(address, told))
    mandate.refresh_from_db()
    assert (mandate.accepted_by, mandate.accepted_through) == ("Laura Contadora Ruiz", asked.request)
    assert mandates.mandate_for(company_id=company.pk, kind="npie", on=timezone.localdate()) == mandate
    accepted = audit.history_of(mandate).get(name="mandate.accepted")
    assert (accepted.person, accepted.actor) == (None, "machine:client_link")


def test_a_mandate_that_was_put_in_the_place_of_the_one_on_the_screen_is_not_accepted(ask, company):
    shown = factories.mandate(company, accepted_at=None, accepted_by="")
    asked = ask("mandate")
    other = factories.mandate(company, accepted_at=None, accepted_by="", valid_until_on=shown.valid_until_on)
    told = {"mandate": other.pk, "name": "Laura", "ticked": "yes"}
    answer = asked.send("mandate", **told)
    assert answer.status_code == 409
    assert not Mandate.objects.filter(accepted_at__isnull=False).exists()


def test_the_paper_of_the_mandate_is_saved_and_never_shown_by_the_browser(ask, company, beto):
    now = timezone.now()
    mandates.register(
        company=company,
        kinds=["npie"],
        valid_from_on=timezone.localdate(now),
        valid_until_on=timezone.localdate(now) + timedelta(days=300),
        given_by="Laura",
        document_name="mandato.pdf",
        document=b"%PDF-1.7 papel",
        by=beto,
        now=now,
    )
    asked = ask("mandate")
    answer = asked.browser().get(asked.address("client_answer_paper"))
    assert answer.content == b"%PDF-1.7 papel"
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_opening_what_was_mailed_proves_the_mailbox_and_looking_at_it_does_not(ask, company):
    asked = ask("mailbox")
    assert asked.code == ""
    address = reverse("client_link", args=[asked.token])
    Client().get(address)
    assert Company.objects.get(pk=company.pk).mailbox_proved_at is None
    page = text_of(Client().post(reverse("client_link_open"), {"token": asked.token}))
    assert company.renewal_mailbox in page
    assert company.name not in page
    proved = Company.objects.get(pk=company.pk).mailbox_proved_at
    assert mailbox_is_proved(proved_at=proved, now=timezone.now())
    assert Client().post(reverse("client_link_open"), {"token": asked.token}).status_code == 404


def test_a_mailbox_that_was_changed_meanwhile_is_not_proved_by_the_old_one(ask, company):
    asked = ask("mailbox")
    Company.objects.update(renewal_mailbox="otro@kemper.example")
    Client().post(reverse("client_link_open"), {"token": asked.token})
    assert Company.objects.get(pk=company.pk).mailbox_proved_at is None
    arrived = audit.history_of(asked.request).get(name="client_request.arrived")
    assert arrived.facts["proved"] is False


def test_whoever_says_that_is_all_closes_the_link_with_what_is_missing(ask, certificate, pair, vault_keys):
    asked = ask("key", certificate=certificate)
    answer = asked.browser().post(asked.address("client_answer_finish"))
    assert "Gracias" in text_of(answer)
    assert asked.now().state == RequestState.ANSWERED
    assert audit.history_of(asked.request).get(name="client_request.answered").facts["missing"] == "key, passphrase"


def test_nothing_arrives_by_a_link_that_was_taken_back_while_the_page_was_open(ask, certificate, pair, vault_keys):
    asked = ask("key", certificate=certificate)
    browser = asked.browser()
    ClientRequest.objects.update(state=RequestState.WITHDRAWN)
    sent = {"key": file_of(pair.key_file), "passphrase": pair.passphrase}
    assert browser.post(asked.address("client_answer_thing", "key"), sent).status_code == 404
    assert not StoredKey.objects.exists()


def _other(company):
    from renewals.models import Contact

    return Contact.objects.create(company=company, name="Otro", email="otro@kemper.example")


def _next_open(now):
    from renewals.procedure.limits import next_open

    return next_open(timezone.localdate(now) + timedelta(days=1))
