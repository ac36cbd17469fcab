"""Does a calendar program read exactly the deadlines that were written, whatever stands in a name?"""

from datetime import UTC, date, datetime

from icalendar import Calendar

from renewals.expiry.deadlines import Reason
from renewals.notices.feed_file import Entry, calendar_file
from renewals.wording.feeds import REASONS

NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)
EFIRMA = Entry(
    about="certificate:abc",
    on=date(2026, 12, 31),
    title="Escuela Kemper: último día para renovar e.firma",
    description="Último día de validez: 1 de enero de 2027.\nQué hacer: Empieza la renovación; no borres nada, nunca.",
    url="https://vigencia.despacho.example/certificados/7/",
)


def written(*entries, name="Mis plazos"):
    return calendar_file(name=name, entries=entries, now=NOW)


def read(*entries):
    return Calendar.from_ical(written(*entries)).walk("VEVENT")


def test_a_deadline_is_one_whole_day_on_which_nobody_is_busy():
    (event,) = read(EFIRMA)
    assert event.decoded("dtstart") == date(2026, 12, 31)
    assert event.decoded("dtend") == date(2027, 1, 1)
    assert event["transp"] == "TRANSPARENT"
    assert event["summary"] == EFIRMA.title
    assert event["description"] == EFIRMA.description
    assert event["url"] == EFIRMA.url
    assert not event.alarms.times


def test_an_event_keeps_its_name_when_the_deadline_moves_and_shares_it_with_no_other():
    moved = Entry(about=EFIRMA.about, on=date(2026, 12, 1), title="Otro", description="Otra", url=EFIRMA.url)
    other = Entry(about="certificate:abd", on=EFIRMA.on, title="Otro", description="Otra", url=EFIRMA.url)
    names = [event["uid"] for event in read(EFIRMA, moved, other)]
    assert names[0] == names[1] != names[2]
    assert names[0] == "1c088cdc-120f-5009-b1a5-8db579faf83e"


def test_the_file_is_what_the_standard_asks_for():
    raw = written(EFIRMA)
    lines = raw.decode().split("\r\n")
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert "\n" not in raw.decode().replace("\r\n", "")
    assert max(len(line.encode()) for line in lines) <= 75
    assert {"VERSION:2.0", "METHOD:PUBLISH"} & set(lines) == {"VERSION:2.0"}
    assert "DTSTART;VALUE=DATE:20261231" in lines
    assert {"REFRESH-INTERVAL;VALUE=DURATION:PT6H", "X-PUBLISHED-TTL:PT6H"} < set(lines)


def test_a_name_ends_no_line_and_begins_no_event():
    nasty = "Malos\r\nEND:VEVENT\rBEGIN:VEVENT\x0b\x00\u2028UID:otro; de, C:\\V."
    entry = Entry(about="certificate:1", on=EFIRMA.on, title=nasty, description=nasty, url=EFIRMA.url)
    (event,) = read(entry)
    assert event["summary"].startswith("Malos\nEND:VEVENT\nBEGIN:VEVENT")
    assert event["summary"].endswith("UID:otro; de, C:\\V.")
    assert "\x00" not in event["summary"]


def test_every_reason_of_a_deadline_has_its_words_here():
    assert set(REASONS) == set(Reason)
