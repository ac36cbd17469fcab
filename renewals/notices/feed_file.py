"""How do deadlines look to a calendar program? One all-day event each (RFC 5545), which keeps its name for ever."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from icalendar import Calendar, Event, vDuration

PRODUCT = "-//Vigencia//Plazos//ES"
#: How often programs are asked to look again; most have hours of their own.
LOOK_AGAIN = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Entry:
    """One deadline. ``about`` is what it is a deadline of, for ever: a program then moves the event when it moves."""

    about: str
    on: date
    title: str
    description: str
    url: str


def calendar_file(*, name: str, entries: Iterable[Entry], now: datetime) -> bytes:
    """A calendar of this name with one event for each entry; nobody is busy on these days, and nothing rings."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    # Those that know no RFC 7986 look for the older names.
    for called in ("name", "x-wr-calname"):
        calendar.add(called, _plain(name))
    calendar.add("refresh-interval", LOOK_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(LOOK_AGAIN))
    for entry in entries:
        calendar.add_component(_event(entry, now=now))
    written: bytes = calendar.to_ical()
    return written


def _event(entry: Entry, *, now: datetime) -> Event:
    event = Event()
    event.add("uid", str(uuid5(NAMESPACE_URL, f"vigencia:{entry.about}")))
    event.add("dtstamp", now)
    event.add("dtstart", entry.on)
    # The end of an all-day event is the day after it (RFC 5545 section 3.6.1).
    event.add("dtend", entry.on + timedelta(days=1))
    event.add("summary", _plain(entry.title))
    event.add("description", _plain(entry.description))
    event.add("url", entry.url)
    event.add("transp", "TRANSPARENT")
    return event


def _plain(text: str) -> str:
    """Names are typed by people: nothing in them may end a line of the file but a line that we began."""
    return "\n".join("".join(one for one in line if one.isprintable()) for line in text.splitlines())
