"""Do messages say all that somebody needs, to the right kind of reader, in a form that every mail program shows?"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from renewals.models import Certificate, Company, Detour, PairState, Person
from renewals.notices.lines import ClientLine, Line, Work, blocked_for, client_line_for, line_for
from renewals.notices.message import (
    FULL_LINES,
    ROWS,
    Message,
    Summary,
    compose_alert,
    compose_client,
    compose_critical,
    compose_digest,
    compose_failure,
    compose_test,
)
from renewals.notices.returns import Return

TODAY = date(2026, 3, 3)
NOW = datetime(2026, 3, 3, 7, 5, tzinfo=ZoneInfo("America/Mexico_City"))
BETO = Person(pk=2, username="beto", first_name="Beto", last_name="Ruiz")
KEMPER = Company(pk=1, name="Escuela Kemper Urgate", rfc="EKU9003173C9", responsible=BETO)
#: Gmail cuts a message off at 102 kB.
GMAIL_SHOWS = 102_000


def certificate(
    kind: str = "npie", *, days: int = 7, earlier: int = 0, of: Company = KEMPER, **fields: Any
) -> Certificate:
    expires_on = TODAY + timedelta(days=days)
    values: dict[str, Any] = {
        "pk": 5,
        "serial": "00001000000504465028",
        "rfc": of.rfc,
        "deadline_on": expires_on - timedelta(days=earlier),
        "pair_state": PairState.IN_CUSTODY,
    }
    return Certificate(company=of, kind=kind, expires_on=expires_on, **values | fields)


def line(row: Certificate, **facts: Any) -> Line:
    return line_for(row, **{"today": TODAY, "work": None, "detour": Detour.NONE} | facts)


def to_client(*rows: Certificate, company: Company = KEMPER) -> Message:
    lines = [client_line_for(row, today=TODAY) for row in rows]
    return compose_client(
        contact_name="Laura Méndez", company=company, lines=lines, firm="Contadores del Bajío", who="Beto Ruiz"
    )


def summary(**figures: Any) -> Summary:
    values: dict[str, Any] = dict.fromkeys(
        ("expired", "due_in_7", "due_in_30", "in_renewal", "unassigned", "silenced", "undelivered"), 0
    )
    return Summary(**values | {"blocked": {}, "last_round_at": NOW - timedelta(hours=1), "at": NOW} | figures)


@pytest.mark.parametrize(
    ("row", "headline", "why"),
    [
        (
            certificate("efirma", earlier=1, deadline_reason="online_until"),
            "debe renovarse a más tardar el lunes 9 de marzo, en 6 días",
            "Vence el martes 10 de marzo, en 7 días, pero el SAT la renueva en línea solo hasta 24 horas antes.",
        ),
        (
            certificate("csd", earlier=3, deadline_reason="stamping"),
            "debe renovarse a más tardar el sábado 7 de marzo, en 4 días",
            "pero el nuevo puede tardar 72 horas en timbrar.",
        ),
        (
            certificate("csd", days=30, earlier=30, deadline_reason="efirma_first"),
            "debe renovarse a más tardar hoy, martes 3 de marzo",
            "pero la e.firma de la empresa vence el martes 3 de marzo, y sin ella no se obtiene un CSD.",
        ),
        (
            certificate("csd", earlier=3, deadline_reason="needs_efirma"),
            "debe renovarse a más tardar el sábado 7 de marzo, en 4 días",
            "se pide con e.firma vigente: aquí no está la de la empresa.",
        ),
        (
            certificate("csd", days=1, earlier=3, deadline_reason="stamping"),
            "vence mañana, miércoles 4 de marzo",
            "El plazo era el domingo 1 de marzo, porque el nuevo puede tardar 72 horas en timbrar.",
        ),
    ],
)
def test_the_real_deadline_leads_and_its_reason_follows(row, headline, why):
    message = compose_digest(name="Beto", today=TODAY, new=[line(row)])
    assert headline in message.subject
    for copy in (message.text, message.html):
        assert headline[1:] in copy
        assert why in copy


def test_the_last_day_of_validity_needs_no_reason():
    assert line(certificate()).deadline == ""
    assert line(certificate()).when == "vence el martes 10 de marzo, en 7 días"


@pytest.mark.parametrize(
    ("row", "has_efirma", "words"),
    [
        (certificate("npie", days=-1), True, "Mientras tanto, IDSE también deja entrar con la e.firma de la empresa."),
        (certificate("efirma", days=-1, rfc="CAPF850101ABC"), False, "sin cita, con SAT ID. Después, solo con cita."),
        (certificate("efirma", days=-1), False, "con la e.firma propia y vigente del mismo representante."),
        (certificate("efirma", days=-1), False, "Hasta el martes 2 de marzo de 2027"),
        (certificate("efirma", days=-400), False, "ya solo se tramita con cita en el SAT."),
        (certificate("efirma", days=0, earlier=1), False, "En cuanto venza, y hasta el miércoles 3 de marzo de 2027"),
        (certificate("csd", days=1, earlier=3), True, "72 horas en timbrar: pídelo ya."),
    ],
)
def test_what_remains_possible_is_said_once_it_is_late(row, has_efirma, words):
    assert words in line(row, has_efirma=has_efirma).consequence


def test_without_a_second_way_in_none_is_promised():
    assert "e.firma" not in line(certificate("npie", days=-1), has_efirma=False).consequence


@pytest.mark.parametrize(
    ("work", "address", "action"),
    [
        (None, "/certificados/5/", "Empieza la renovación."),
        (Work(9), "/renovaciones/9/", "ábrela y sigue los pasos"),
        (Work(9, "sign_terms_old"), "/renovaciones/9/pasos/sign_terms_old/", "en el paso «Firma la carta"),
        (Work(9, "enter_idse", failed=True), "/renovaciones/9/pasos/enter_idse/", "no pasó la revisión"),
        (
            Work(9, "enter_idse", waiting_for="portal_no_link", assignee="Carla Mora"),
            "/renovaciones/9/pasos/enter_idse/",
            "espera en el paso «Entra a IDSE». El portal todavía no ofrece renovar: Carla Mora lo intenta otro día.",
        ),
    ],
)
def test_a_line_leads_to_the_exact_step(work, address, action):
    found = line(certificate(), work=work)
    assert found.url == f"http://127.0.0.1:8000{address}"
    assert action in found.action


def test_a_csd_without_a_live_efirma_begins_with_the_efirma():
    assert "Primero renueva u obtén la e.firma" in line(certificate("csd")).action
    assert line(certificate("csd"), has_efirma=True).action == "Empieza la renovación."


def test_whoever_works_on_it_is_named_before_whoever_answers_for_the_company():
    assert line(certificate()).who == "A cargo de Beto Ruiz."
    assert line(certificate(), work=Work(9, assignee="Carla Mora")).who == "A cargo de Carla Mora."
    assert line(certificate(of=Company(pk=3, name="Xenón", rfc="X"))).who == "Nadie está a cargo."


def test_what_is_blocked_says_on_whom_and_since_when():
    since = TODAY - timedelta(days=9)
    no_key = blocked_for(certificate(pair_state=PairState.NO_KEY), today=TODAY, work=Work(9, "enter_idse", since=since))
    second = blocked_for(certificate(), today=TODAY, work=Work(9, "sign_conditions_new", waiting_for="second_person"))
    assert no_key is not None
    assert second is not None
    message = compose_digest(name="Beto", today=TODAY, blocked=[no_key, second])
    for copy in (message.text, message.html):
        assert "le toca al cliente." in copy
        assert "Desde el domingo 22 de febrero, hace 9 días." in copy
        assert "Una segunda persona del despacho tiene que confirmar" in copy
    assert blocked_for(certificate(), today=TODAY, work=Work(9, "enter_idse")) is None
    assert blocked_for(certificate(), today=TODAY, work=Work(9, "mail_that_never_comes", waiting_for="timer")) is None


def test_what_waits_outside_says_for_what_and_when_somebody_asks_again():
    waits = Work(9, "enter_idse", waiting_for="client", cause="Busca su contraseña", check_on=TODAY)
    later = blocked_for(certificate(), today=TODAY - timedelta(days=1), work=waits)
    due = blocked_for(certificate(), today=TODAY, work=waits)
    assert later is not None
    assert due is not None
    assert later.on_whom == (
        "Espera al cliente: Beto Ruiz le da seguimiento. «Busca su contraseña». Se revisa el 3 de marzo de 2026."
    )
    assert due.on_whom.endswith("«Busca su contraseña». Toca revisarlo hoy.")


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("portal_no_link", "El portal todavía no ofrece renovar. Nadie está a cargo."),
        ("mail_stopped", "El portal del IMSS se quedó esperando un correo. Nadie está a cargo."),
        ("second_person", "Una segunda persona del despacho tiene que confirmar «Entra a IDSE». Nadie está a cargo."),
        ("anything_else", "Espera en «Entra a IDSE». Nadie está a cargo."),
    ],
)
def test_what_is_blocked_and_nobodys_work_says_so(cause, words):
    alone = certificate(of=Company(pk=3, name="Xenón", rfc="X"))
    found = blocked_for(alone, today=TODAY, work=Work(9, "enter_idse", waiting_for=cause))
    assert found is not None
    assert found.on_whom == words


def test_whoever_answers_for_the_company_goes_on_where_nobody_took_it():
    found = line(certificate(), work=Work(9, "enter_idse", waiting_for="portal_no_link"))
    assert "Beto Ruiz lo intenta otro día." in found.action


def test_new_and_urgent_stand_apart_and_new_comes_first():
    urgent = line(certificate(days=-1, serial="2"))
    text = compose_digest(name="Beto", today=TODAY, new=[line(certificate(serial="1"))], urgent=[urgent]).text
    assert text.index("NUEVO HOY") < text.index("serie 1") < text.index("SIGUE URGENTE") < text.index("serie 2")


def test_partners_read_the_firm_in_figures_also_on_a_day_with_nothing_new():
    quiet = compose_digest(name="Ana", today=TODAY, summary=summary())
    assert quiet.subject == "El despacho hoy: nada vencido ni por vencer esta semana"
    assert "Hoy no hay avisos nuevos para ti." in quiet.text
    busy = compose_digest(name="Ana", today=TODAY, summary=summary(expired=3, due_in_7=5, blocked={"no_key": 2}))
    assert busy.subject == "El despacho hoy: 3 vencidos, 5 en 7 días o menos"
    assert "Certificados vencidos: 3" in busy.text
    assert "Detenidas porque falta la llave del cliente: 2" in busy.text
    assert "Última revisión completa: 3 de marzo, 06:05." in busy.text


def test_partners_are_warned_when_nobody_has_looked_for_too_long():
    message = compose_digest(name="Ana", today=TODAY, summary=summary(last_round_at=NOW - timedelta(hours=27)))
    for copy in (message.text, message.html):
        assert "La última revisión completa fue el 2 de marzo, 04:05: avisa a quien cuida el sistema." in copy
    first = compose_digest(name="Ana", today=TODAY, summary=summary(last_round_at=None))
    assert "Esta es la primera revisión." in first.text


def test_the_subject_of_a_critical_message_stays_the_same_until_the_renewal():
    before, after = certificate(days=1, scope="Y5400001102"), certificate(days=1, scope="Y5400001102")
    first = compose_critical([line(before)], name="Beto")
    second = compose_critical([line(after, today=TODAY + timedelta(days=2))], name="Beto")
    expected = "Urgente: Escuela Kemper Urgate, IMSS (NPIE) Y5400001102 vigente hasta el 4 de marzo de 2026"
    assert first.subject == second.subject == expected
    assert "Vence mañana" in first.text
    assert "Venció ayer" in second.text


def test_many_critical_ones_are_one_message():
    message = compose_critical([line(certificate(days=n % 2, serial=f"{n:04}")) for n in range(40)], name="Beto")
    assert message.subject == "Urgente: 40 certificados, 40 en 7 días o menos"
    assert all(f"serie {n:04}" in message.text for n in range(40))


def test_a_message_to_a_client_speaks_of_that_client_alone():
    other = Company(pk=9, name="Indistria Ilimitada", rfc="IIA040805DZ4")
    with pytest.raises(ValueError, match="alone"):
        to_client(certificate(), certificate(of=other))


def test_a_message_to_a_client_leads_nowhere_and_asks_for_nothing_by_mail():
    message = to_client(certificate(), certificate("efirma", days=40, earlier=1, deadline_reason="online_until"))
    for copy in (message.text, message.html.partition("<body")[2]):
        assert "http" not in copy
        assert "href" not in copy
        assert "Nunca le pediremos por correo una llave (.key), un PFX ni una contraseña" in copy
        assert "Quien lleva su caso es Beto Ruiz." in copy
        assert "Contadores del Bajío" in copy
    assert message.subject == "Escuela Kemper Urgate: 2 certificados digitales por renovar"


def test_a_line_for_a_client_has_no_place_for_what_is_the_firms_own():
    assert not {"url", "label", "who", "detour", "action"} & set(ClientLine.__dataclass_fields__)


def test_twenty_thousand_lines_stay_under_what_gmail_shows():
    odd = Company(pk=4, name="Ñ" * 254, rfc="ÑÑÑ", responsible=BETO)
    one = line(certificate("csd", days=1, earlier=3, of=odd, scope="Á" * 200, deadline_reason="stamping"))
    held = blocked_for(certificate(of=odd), today=TODAY, work=Work(9, "enter_idse", failed=True))
    assert held is not None
    returns = [Return("Ñ" * 254, NOW, "http://127.0.0.1:8000/entregas/")] * 500
    message = compose_digest(
        name="Ana", today=TODAY, new=[one] * 20_000, urgent=[one] * 20_000, blocked=[held] * 900, returns=returns,
        summary=summary(expired=9),
    )  # fmt: skip
    assert len(message.html.encode()) < GMAIL_SHOWS
    assert message.text.count("Si no se hace nada:") == FULL_LINES
    assert "Y 19930 más: están en tu tablero." in message.text
    assert len(message.subject) <= 200
    assert len(compose_critical([one] * 20_000, name="Ana").html.encode()) < GMAIL_SHOWS


def test_a_message_says_the_same_whether_what_it_leaves_out_was_put_into_words_or_only_counted():
    shown = FULL_LINES + ROWS
    lines = [line(certificate(days=days, serial=f"{days}")) for days in range(-45, 47)]
    lights = Counter(one.light.value for one in lines[shown:])
    assert len(lights) > 1
    in_words = compose_digest(name="Ana", today=TODAY, new=lines, urgent=lines)
    counted = compose_digest(
        name="Ana", today=TODAY, new=lines[:shown], more=lights, urgent=lines[:shown], more_urgent=lights
    )
    assert counted == in_words
    assert f"{len(lines)} certificados" in counted.subject


def every_kind() -> dict[str, Message]:
    new = [line(certificate(), detour=Detour.AWAY), line(certificate("efirma", days=60))]
    held = blocked_for(certificate(), today=TODAY, work=Work(9, "enter_idse", failed=True))
    assert held is not None
    returns = [Return("Escuela Kemper Urgate", NOW, "http://127.0.0.1:8000/entregas/")]
    page = "http://127.0.0.1:8000/admin/"
    return {
        "digest": compose_digest(
            name="Beto",
            today=TODAY,
            new=new,
            urgent=new,
            blocked=[held],
            returns=returns,
            heads="a b",
            summary=summary(),
        ),
        "critical": compose_critical(new, name="Beto"),
        "client": to_client(certificate()),
        "failure": compose_failure(name="Ana", failures=[{"certificate": 5, "error": "ValueError"}], page=page),
        "test": compose_test(name="Beto"),
        "alert": compose_alert(name="Ana", alerts=[{"at": NOW, "what": "Algo.", "kind": "De noche"}], page=page),
    }


class Reader(HTMLParser):
    """What a mail program meets: tags that are left open, what would be fetched, and the words."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "br"}:
            self.open.append(tag)
        self.fetched += [name for name, _value in attrs if name in {"src", "srcset", "background", "poster"}]
        if tag in {"img", "link", "script", "iframe", "object", "form", "svg"}:
            self.fetched.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("kind", sorted(every_kind()))
def test_every_mail_stands_on_the_one_skeleton(kind):
    message = every_kind()[kind]
    reader = Reader()
    reader.feed(message.html)
    assert reader.open == []
    assert reader.fetched == []
    assert "url(" not in message.html
    assert message.html.count("prefers-color-scheme: dark") == 1
    assert '<meta name="color-scheme" content="light dark">' in message.html
    assert "max-width:600px" in message.html
    # Every cell carries its own colours: programs that drop the style sheet still show ink on paper.
    body = re.sub(r"<!--.*?-->", "", message.html.partition("<body")[2], flags=re.DOTALL)
    for paragraph in re.findall(r'<p class="[^"]*" style="([^"]*)"', body):
        assert re.search(r"(?:^|;)color:#[0-9a-f]{6}", paragraph)
    # The text says what the page says, without a trace of markup.
    assert "<" not in message.text
    assert "{{" not in message.text + message.html
    assert "None" not in message.text + message.html


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2 (relative luminance, section 1.4.3) between two colours like #1b2530."""
    first, second = sorted((luminance(one), luminance(other)), reverse=True)
    return (first + 0.05) / (second + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_everything_can_be_read_on_paper_and_in_the_dark():
    html = "".join(message.html for message in every_kind().values())
    style, _start, body = html.partition("<body")
    # On white, wherever a cell says its own ink; the ink of a button is white on the button.
    inks = set(re.findall(r'class="(?!button)[^"]*" style="[^"]*(?<!-)color:(#[0-9a-f]{6})', body)) - {"#ffffff"}
    assert len(inks) >= 5
    assert all(contrast(ink, "#ffffff") >= 4.5 for ink in inks)
    assert contrast("#ffffff", "#14566f") >= 4.5
    dark = style.partition("prefers-color-scheme: dark")[2]
    sheet, button = (re.findall(rf"\.{name} {{ background-color: (#\w+)", dark)[0] for name in ("sheet", "button"))
    for name, ink in re.findall(r"\.(\w+(?: a)?)[^{}]*{ color: (#\w+)", dark):
        assert contrast(ink, button if name == "button a" else sheet) >= 4.5, name
