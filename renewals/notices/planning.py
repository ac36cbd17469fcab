"""Which messages does a moment need, and who reads which line in which of them? Nothing is looked up or written here.

The round makes what is planned; the preview shows it.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from renewals.expiry.windows import is_critical
from renewals.models import Contact, Detour, Person
from renewals.notices.recipients import Recipients
from renewals.notices.waiting import NOBODY, Known, Telling, Waiting

#: More critical certificates than these for one person at one moment are one message.
MOST_APART = 3

Reader = Person | Contact
#: A reader, by kind and number.
Key = tuple[str, int]


class Purpose(StrEnum):
    """What a message is for; a critical one adds its first line."""

    DIGEST = "digest"
    CRITICAL = "critical"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Told:
    """One line on its way to a reader, why it reaches this one, and who had it before."""

    telling: Telling
    detour: Detour
    before: Known


@dataclass(slots=True)
class Planned:
    """A message to be. A digest may tell nothing new: partners get one every working day."""

    purpose: Purpose
    reader: Reader
    told: list[Told] = field(default_factory=list)

    @property
    def key(self) -> Key:
        """Who reads it."""
        return key_of(self.reader)

    @property
    def certificates(self) -> dict[int, Detour]:
        """Certificate → why the reader is told, one line each for whichever audiences they stand."""
        found: dict[int, Detour] = {}
        for one in self.told:
            known = found.get(one.telling.line.certificate_id)
            found[one.telling.line.certificate_id] = one.detour if known is None else stronger(known, one.detour)
        return found

    @property
    def notices(self) -> set[int]:
        """The lines of the ledger that it tells."""
        return {one.telling.line.pk for one in self.told}


@dataclass(slots=True)
class Plan:
    """The messages of one moment; those of one bundle share lines and are made together or not at all.

    ``settled``: lines that everybody who is to read them has already. ``unreachable``: lines that nobody can be told,
    or only at addresses that do not work.
    ``later``: lines that wait for working hours, or of somebody who has had today's message.
    """

    bundles: list[list[Planned]] = field(default_factory=list)
    settled: list[Told] = field(default_factory=list)
    unreachable: int = 0
    later: int = 0

    @property
    def messages(self) -> list[Planned]:
        """All of them."""
        return [planned for bundle in self.bundles for planned in bundle]

    def count_unread(self, told: Told, to: Recipients) -> None:
        """Note a line that has no reader now: everybody has it, or nobody can be told."""
        if to.people or to.contacts or told.before.people or told.before.contacts:
            self.settled.append(told)
        else:
            self.unreachable += 1


@dataclass(frozen=True, slots=True)
class Moment:
    """What a plan has to know of the moment besides the lines.

    ``in_hours``: whether messages that can wait are made now. ``served``: who has had today's digest, or today's
    message to a client. ``always``: people who get a digest although nothing new is told to them.
    """

    in_hours: bool
    served: Collection[Key]
    always: Sequence[Person]


def key_of(reader: Reader) -> Key:
    """How a reader is known in a plan."""
    return ("contact" if isinstance(reader, Contact) else "person", reader.pk)


class _Mail:
    """The messages that a moment needs, as they fill."""

    def __init__(self, moment: Moment) -> None:
        self.moment = moment
        self.critical: dict[Key, dict[int, Planned]] = defaultdict(dict)
        self.daily: dict[Key, Planned] = {}

    def at_once(self, readers: Iterable[Reader], told: Told) -> None:
        """One message a certificate."""
        certificate = told.telling.line.certificate_id
        for reader in readers:
            apart = self.critical[key_of(reader)]
            apart.setdefault(certificate, Planned(Purpose.CRITICAL, reader)).told.append(told)

    def of_the_day(self, readers: Collection[Reader], told: Told) -> bool:
        """In today's message, if that is still to be made for all of them."""
        if not self.moment.in_hours or any(key_of(reader) in self.moment.served for reader in readers):
            return False
        for reader in readers:
            self._daily(reader).told.append(told)
        return True

    def messages(self) -> list[Planned]:
        """All of them; many critical ones for one person have become one."""
        critical = [message for apart in self.critical.values() for message in _few(list(apart.values()))]
        if self.moment.in_hours:
            for person in self.moment.always:
                if key_of(person) not in self.moment.served:
                    self._daily(person)
        return [*critical, *self.daily.values()]

    def _daily(self, reader: Reader) -> Planned:
        purpose = Purpose.CLIENT if isinstance(reader, Contact) else Purpose.DIGEST
        return self.daily.setdefault(key_of(reader), Planned(purpose, reader))


def plan(
    tellings: Iterable[Telling],
    *,
    recipients: Callable[[Waiting, Known], Recipients],
    known: Mapping[int, Known],
    moment: Moment,
) -> Plan:
    """Who is told what at this moment."""
    found = Plan()
    mail = _Mail(moment)
    for telling in tellings:
        before = known.get(telling.line.pk, NOBODY)
        to = recipients(telling.line, before)
        readers = _who_is_left(to, before)
        told = Told(telling, to.detour, before)
        if not readers or (to.is_last_resort and (before.people or before.contacts)):
            found.count_unread(told, to)
            continue
        # What goes to an address that does not work is sent, and not taken for told.
        found.unreachable += to.is_last_resort
        if is_critical(telling.line.mark) and not to.contacts:
            mail.at_once(readers, told)
        elif not mail.of_the_day(readers, told):
            found.later += 1
    found.bundles = bundled(mail.messages())
    return found


def bundled(messages: Sequence[Planned]) -> list[list[Planned]]:
    """Those messages together that share lines: a line is told to everybody it is for, or waits for all of them."""
    bundles: list[list[Planned]] = []
    of_line: dict[int, int] = {}
    for message in messages:
        touched = sorted({of_line[notice] for notice in message.notices if notice in of_line})
        home = touched[0] if touched else len(bundles)
        if not touched:
            bundles.append([])
        for other in touched[1:]:
            bundles[home] += bundles[other]
            of_line.update(dict.fromkeys((line for one in bundles[other] for line in one.notices), home))
            bundles[other] = []
        bundles[home].append(message)
        of_line.update(dict.fromkeys(message.notices, home))
    return [bundle for bundle in bundles if bundle]


def _few(apart: list[Planned]) -> list[Planned]:
    if len(apart) <= MOST_APART:
        return apart
    return [Planned(Purpose.CRITICAL, apart[0].reader, [told for message in apart for told in message.told])]


def _who_is_left(to: Recipients, known: Known) -> list[Reader]:
    people = [person for person in to.people if person.pk not in known.people]
    return [*people, *(contact for contact in to.contacts if contact.pk not in known.contacts)]


#: A reason that somebody has to act on comes first; one's own company needs none.
_STRENGTH = (Detour.CLIENT_UNREACHED, Detour.NONE, Detour.AWAY)


def stronger(one: Detour, other: Detour) -> Detour:
    """The reason that is given to somebody who reads the same line for two."""
    return next((reason for reason in _STRENGTH if reason in (one, other)), one)
