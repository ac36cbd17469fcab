"""Does the practice portal behave like the fourteen steps, and does it fail as it is told to?"""

import shutil
import subprocess

import pytest
from django.urls import reverse
from django.utils import timezone

from renewals.desk import pending
from renewals.models import Renewal
from renewals.models.event import Event
from renewals.pki.certificate import read_certificate
from renewals.pki.cms import sign_detached
from renewals.pki.pfx import open_pfx
from renewals.pki.private_key import open_private_key
from renewals.pki.signatures import prove_pair
from renewals.practice import papers, signing
from renewals.practice.memory import Failure, Memory
from renewals.practice.pairs import OpenPair
from renewals.procedure.queueing import queue_renewals
from tests import factories
from tests.integration.practice.portal_walk import NEW_PASSWORD, Portal, error, heading, practice_pair
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def portal(settings, tmp_path, beto):
    settings.FIRM_HOME = tmp_path
    company = factories.company(responsible=beto, is_demo=True, with_mandate=False)
    return Portal(beto, company, practice_pair(company))


def test_a_whole_renewal_ends_inside_with_a_new_pair(portal, tmp_path):
    assert "ya no es vigente" in portal.enter().content.decode()
    assert heading(portal.post("data", correo="imss@empresa.example")) == "Generación de la llave privada"

    made = portal.make_key()
    assert 'filename="nueva.key"' in made.headers["Content-Disposition"]
    key = open_private_key(portal.new_key, NEW_PASSWORD).key

    unsigned, signed = portal.get("letter").content, portal.sign_old().content
    assert signed.startswith(unsigned)
    assert heading(portal.get("screen")) == "Se enviará un correo electrónico"
    assert heading(portal.after_the_mail()) == "Instalación del certificado digital"

    portal.install()
    facts = read_certificate(portal.new_certificate)
    prove_pair(key, facts)
    assert facts.serial != portal.old.facts.serial
    assert facts.serial in portal.get("screen").content.decode()

    portal.post("sign", **portal.new)
    assert heading(portal.get("screen")) == "Su certificado digital fue renovado"
    assert heading(portal.post("enter", usuario=portal.company.rfc, **portal.new)) == "Carta de Condiciones de Uso"
    portal.post("sign", **portal.new)
    assert heading(portal.get("screen")) == "Movimientos afiliatorios"
    assert portal.get("receipt").content.startswith(b"%PDF-")


def test_letters_are_signed_so_that_others_can_tell(portal, tmp_path):
    if shutil.which("pdfsig") is None:
        pytest.skip("pdfsig (Debian package poppler-utils) is not installed")
    portal.to_the_key()
    portal.make_key()
    (tmp_path / "carta.pdf").write_bytes(portal.sign_old().content)
    told = subprocess.run(["pdfsig", "-nocert", "carta.pdf"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Signature is Valid" in told.stdout
    assert "Total document signed" in told.stdout


def test_a_pfx_holds_the_new_pair(portal):
    portal.to_install()
    pfx = open_pfx(portal.install(formato="pfx").content, NEW_PASSWORD)
    assert pfx.certificate_der is not None
    prove_pair(pfx.key, read_certificate(pfx.certificate_der))


def test_every_page_says_that_it_is_not_imss(portal):
    pages = [portal.get("front"), portal.get("training"), portal.enter(), portal.get("data")]
    pages += [portal.post("data", correo="imss@empresa.example"), portal.get("serial")]
    portal.make_key()
    pages.append(portal.get("screen"))
    assert all("no es el IMSS" in one.content.decode() for one in pages)


def test_a_request_that_broke_off_goes_on_where_it_was(portal):
    portal.to_the_key()
    portal.make_key()
    portal.post("leave")
    assert "#01001" in portal.get("screen").content.decode()
    assert heading(portal.enter()) == "Carta de Términos y Condiciones"


def test_the_old_certificate_is_revoked_once_the_new_one_is_installed(portal):
    portal.to_install()
    portal.install()
    assert "está revocado" in error(portal.enter())


# --- the known failures -------------------------------------------------------------------------------------------


def test_the_mail_page_goes_on_by_itself_unless_it_is_to_stop(portal):
    portal.fail(Failure.MAIL_STOPS)
    portal.to_the_key()
    portal.make_key()
    portal.sign_old()
    stopped = portal.after_the_mail()
    assert heading(stopped) == "Se enviará un correo electrónico"
    assert "Refresh" not in stopped.headers
    portal.fail()
    assert heading(portal.after_the_mail()) == "Instalación del certificado digital"


def test_a_lost_download_is_recovered_under_the_address_with_the_serial(portal):
    portal.fail(Failure.DOWNLOAD_LOST)
    portal.to_install()
    lost = portal.install()
    assert lost.status_code == 500
    assert heading(portal.enter()) == "No fue posible descargar el archivo"

    found = portal.post("serial", npie="PY540000110").content.decode()
    serial = found.split('id="numeroSerie">')[1].split("<")[0]
    assert "No hay un certificado" in error(portal.get("recover", SERIAL_NOM="123"))
    portal.install("recover", query=f"?SERIAL_NOM={serial}")
    assert read_certificate(portal.new_certificate).serial == serial


def test_the_right_password_is_refused_where_that_is_the_exercise(portal):
    portal.fail(Failure.WRONG_PASSWORD)
    assert error(portal.enter()) == "La contraseña no es correcta."


def test_a_portal_that_is_down_answers_nothing_else(portal):
    portal.enter()
    portal.fail(Failure.PORTAL_DOWN)
    assert [portal.get("screen").status_code, portal.enter().status_code] == [503, 503]


def test_a_broken_page_comes_back_when_the_failure_is_ended(portal):
    portal.fail(Failure.BROKEN_PAGE)
    assert "Java" in portal.to_the_key().content.decode()
    portal.fail()
    assert "password_nueva" in portal.get("screen").content.decode()


@pytest.mark.parametrize("failure", [Failure.OTHER_KEY, Failure.SHORT_VALIDITY])
def test_a_certificate_can_come_out_wrong(portal, failure):
    portal.fail(failure)
    portal.to_install()
    portal.install()
    facts = read_certificate(portal.new_certificate)
    of_the_key = (
        facts.public_key_sha256
        == practice_pair(portal.company, key=open_private_key(portal.new_key, NEW_PASSWORD).key).facts.public_key_sha256
    )
    assert of_the_key is (failure is Failure.SHORT_VALIDITY)
    assert ((facts.not_after - facts.not_before).days < 200) is (failure is Failure.SHORT_VALIDITY)


# --- what a thief or a mistaken person could do -------------------------------------------------------------------


def test_a_clients_certificate_is_refused_before_its_key_and_password_are_read(portal):
    real = make_pair("npie")
    # A password that opens nothing and a key that is none: had they been looked at, the answer would speak of them.
    answer = portal.enter(certificado=real.certificate, llave=b"no es una llave", password="no abre nada")
    assert error(answer).startswith("Este certificado no es de práctica.")
    assert "practica_sesion" not in answer.client.cookies


def test_no_pfx_is_opened(portal):
    answer = portal.enter(certificado=portal.old.pfx(), password=portal.old.passphrase)
    assert "no dice de quién es sin abrirlo" in error(answer)


def test_a_certificate_that_only_claims_to_be_for_practice_is_refused(portal, tmp_path, settings):
    settings.FIRM_HOME = tmp_path / "elsewhere"
    strange = practice_pair(portal.company)
    settings.FIRM_HOME = tmp_path
    assert "otra instalación" in error(portal.enter(strange))


def test_a_company_of_somebody_else_is_as_unknown_as_a_real_one(portal, carla):
    stranger = Portal(carla, portal.company, portal.old)
    assert "no es de una de tus empresas" in error(stranger.enter())
    portal.company.is_demo = False
    portal.company.save(update_fields=["is_demo"])
    assert "no es de una de tus empresas" in error(portal.enter())


def test_a_session_of_the_portal_is_of_one_person_and_cannot_be_written_by_hand(portal, ana, carla):
    portal.enter()
    cookie = portal.client.cookies["practica_sesion"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (reverse("practice:front"), True, "Strict")
    other = Portal(ana, portal.company, portal.old)
    other.client.cookies["practica_sesion"] = cookie.value
    assert "#01001" in other.get("screen").content.decode()
    portal.client.cookies["practica_sesion"] = cookie.value[:-1] + "x"
    assert "#01001" in portal.get("screen").content.decode()


def test_the_portal_keeps_no_key_and_no_password(portal):
    portal.to_install()
    portal.install()
    account = portal.company.practice_account
    account.refresh_from_db()
    kept = repr(account.memory)
    assert set(account.memory["Y540000110"]) == {
        "stage", "old", "public_key", "issued", "serial", "revoked", "since",
    }  # fmt: skip
    assert NEW_PASSWORD not in kept
    assert portal.old.passphrase not in kept


def test_the_portal_looks_at_no_renewal_and_writes_no_history(portal):
    before = Event.objects.count()
    portal.to_install()
    portal.install()
    assert (Renewal.objects.count(), Event.objects.count()) == (0, before)


def test_two_windows_cannot_make_two_keys(portal):
    portal.to_the_key()
    portal.make_key()
    first = portal.new_key
    assert heading(portal.make_key()) == "Carta de Términos y Condiciones"
    portal.new_key = first
    portal.sign_old()
    portal.after_the_mail()
    portal.install()
    assert read_certificate(portal.new_certificate).rfc == portal.company.rfc


def test_only_the_certificate_of_the_screen_signs_its_letter(portal):
    portal.to_the_key()
    portal.make_key()
    other = practice_pair(portal.company, days_left=500)
    answer = portal.post("sign", certificado=other.certificate, llave=other.key_file, password=other.passphrase)
    assert "no es del certificado que se pide" in error(answer)


@pytest.mark.parametrize("form", ["pdf", "apart"])
def test_a_letter_signed_elsewhere_is_taken_with_the_right_signature_only(portal, form):
    portal.to_the_key()
    portal.make_key()
    letter, now = portal.get("letter").content, timezone.now()

    def signed(pair, content=letter):
        if form == "pdf":
            return signing.sign(content, OpenPair(pair.facts, pair.key), now=now)
        return sign_detached(content, key=pair.key, certificate=pair.certificate)

    other = papers.receipt(Memory(since=now.isoformat()), portal.old.facts)
    wrong = [signed(make_pair("npie")), signed(portal.old, other), b"%PDF-1.4 x"]
    for handed in wrong:
        assert "carta" in error(portal.post("signed", carta=handed))
    assert heading(portal.post("signed", carta=signed(portal.old))) == "Se enviará un correo electrónico"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"password_nueva": "corta", "password_nueva_2": "corta"}, "de 8 a 20"),
        ({"password_nueva": "Con espacio 1", "password_nueva_2": "Con espacio 1"}, "de 8 a 20"),
        ({"password_nueva": "EKU9003173C9", "password_nueva_2": "EKU9003173C9"}, "igual al usuario"),
        ({"password_nueva": "Nueva2026", "password_nueva_2": "Nueva2027"}, "no son iguales"),
    ],
)
def test_the_new_password_follows_the_rule_of_idse(portal, fields, said):
    portal.to_the_key()
    assert said in error(portal.post("new_key", archivo="nueva", **fields))


def test_a_file_name_is_never_a_path(portal):
    portal.to_the_key()
    made = portal.post(
        "new_key", archivo='../../etc/"x\r\ny.key', password_nueva=NEW_PASSWORD, password_nueva_2=NEW_PASSWORD
    )
    assert made.headers["Content-Disposition"] == 'attachment; filename="etcxy.key"'


def test_an_auditor_and_a_stranger_stay_outside(portal, dalia):
    assert Portal(dalia, portal.company, portal.old).get("front").status_code == 403
    portal.client.logout()
    assert portal.client.get(reverse("practice:front")).status_code == 302


@pytest.mark.parametrize(
    ("is_demo", "is_on", "leads"), [(True, True, True), (False, True, False), (True, False, False)]
)
def test_only_the_guide_of_a_practice_company_leads_here(portal, settings, is_demo, is_on, leads):
    settings.PRACTICE = is_on
    company, now = portal.company, timezone.now()
    type(company).objects.update(is_demo=is_demo)
    pair = make_pair("npie", rfc=company.rfc)
    company.refresh_from_db()
    certificate = factories.certificate(company, pair)
    queue_renewals(certificates=[certificate], by=portal.person, now=now)
    pending.work_until_quiet(queues=("default",))
    page = portal.client.get(reverse("renewal", args=[Renewal.objects.get().pk])).content.decode()
    assert (f'href="{reverse("practice:front")}"' in page) is leads


def test_an_exercise_is_found_whatever_came_into_the_search_by_pasting(client, beto):
    company = factories.company(responsible=beto, is_demo=True, name="Escuela Kemper")
    client.force_login(beto)
    # PostgreSQL takes no NUL in a text.
    page = client.get(reverse("practice:training"), {"buscar": "Kem\x00per"})
    assert page.status_code == 200
    assert [row["company"] for row in page.context["rows"]] == [company]
