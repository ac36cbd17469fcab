"""Which ways out of trouble are there, question by question, and where does each answer lead?

One table, nothing but data. A playbook is begun at a step that names it (``steps``), is walked one stage at a time,
and ends back at the step, at an earlier one, or with the renewal cancelled; waiting is a stage of its own, at which
the walk goes on later, by whoever comes then. What an answer does is in ``branching``; the words are in
``renewals.wording.playbooks`` and ``renewals.wording.playbook_stages``.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from renewals.procedure.steps import Handout


class Asked(StrEnum):
    """What a question of a stage takes."""

    TEXT = "text"
    #: A serial number or NPIE as a portal writes it: digits and letters, nothing else.
    SERIAL = "serial"
    #: A day on which something will be: today, or still to come.
    DAY = "day"
    #: A day on which something was: today, or before.
    PAST_DAY = "past_day"
    #: A picture or document that is kept as evidence.
    FILE = "file"


class Shows(StrEnum):
    """What a stage shows beside its words."""

    #: The address at which the portal hands out again what it issued, made of the serial that was given.
    RECOVERY = "recovery"
    #: The list of papers for a visit, to print.
    PAPERS = "papers"
    #: What the portal shows and what is kept here, side by side.
    SIDE_BY_SIDE = "side_by_side"
    #: The sealed passphrases that the vault can try, and what came of trying.
    CANDIDATES = "candidates"
    #: The button that asks the client through a link.
    ASK_CLIENT = "ask_client"
    #: The data of the company, where they can be corrected.
    COMPANY_DATA = "company_data"
    #: The last day on which a request for a certificate can be finished in person.
    REQUEST_LIMIT = "request_limit"
    #: The portals and what is wrong with them.
    INCIDENT = "incident"


class Ends(StrEnum):
    """How a playbook is over."""

    #: The trouble is gone: back at the step.
    SOLVED = "solved"
    #: There is no certificate to be had on this way: the renewal is cancelled, with the reason on the record.
    CANCELS = "cancels"


class Does(StrEnum):
    """What an answer does besides leading on."""

    #: The portal is written down as down, once, for every renewal that needs it.
    OPENS_INCIDENT = "opens_incident"
    #: The vault tries the sealed passphrases.
    TRIES_CANDIDATES = "tries_candidates"


@dataclass(frozen=True, slots=True)
class Question:
    """Something a stage asks for; which answers need it is said by the ways."""

    name: str
    asked: Asked


@dataclass(frozen=True, slots=True)
class Way:
    """One answer to a stage: a button. Exactly one of ``to`` and ``ends`` says where it leads.

    ``needs``: the questions without which it cannot be given. ``waits``: for whom the renewal waits from now on (a
    value of ``models.WaitKind``); ``until`` names the question that holds the day. ``back_to``: the earlier step that
    has to be done again. ``only_if_same``: only where what was read off the portal is what is kept.
    """

    key: str
    to: str = ""
    ends: Ends | None = None
    needs: tuple[str, ...] = ()
    waits: str = ""
    until: str = ""
    does: Does | None = None
    back_to: str = ""
    only_if_same: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """One screen: words, what it shows, what it asks for, and the answers."""

    key: str
    ways: tuple[Way, ...]
    questions: tuple[Question, ...] = ()
    shows: tuple[Shows, ...] = ()
    #: Which list of papers, by stable key; only where it shows papers.
    papers: str = ""
    #: What custody hands out at this stage, where the step itself hands out nothing of the kind.
    hands_out: Handout | None = None

    def way(self, key: str) -> Way | None:
        """The answer of this key, or None."""
        return next((one for one in self.ways if one.key == key), None)


@dataclass(frozen=True, slots=True)
class Playbook:
    """One way out of trouble. ``kinds``: the kinds of certificate it is for; empty for all."""

    key: str
    stages: tuple[Stage, ...]
    kinds: tuple[str, ...] = ()

    def stage(self, key: str) -> Stage:
        """The stage of this key. Raises KeyError where there is none."""
        for stage in self.stages:
            if stage.key == key:
                return stage
        raise KeyError(key)


CLIENT, PORTAL, APPOINTMENT = "client", "portal", "appointment"

_SERIAL: Final = (Question("npie", Asked.SERIAL), Question("serial", Asked.SERIAL))
_DAY: Final = (Question("day", Asked.DAY),)
_SEEN: Final = (
    Question("seen_rfc", Asked.TEXT),
    Question("seen_registro", Asked.TEXT),
    Question("picture", Asked.FILE),
)
_REPORT: Final = (Question("what", Asked.TEXT), Question("picture", Asked.FILE))


def _works(key: str = "works") -> Way:
    return Way(key, ends=Ends.SOLVED)


def _visit(papers: str, *, after: str) -> Stage:
    """A visit in person: the papers, and the day of the appointment."""
    return Stage(
        "visit",
        questions=_DAY,
        shows=(Shows.PAPERS,),
        papers=papers,
        ways=(
            Way("appointment", to=after, needs=("day",), waits=APPOINTMENT, until="day"),
            Way("been_there", to=after),
        ),
    )


#: From the window of the subdelegación to the certificate that is issued there; this renewal ends without one.
_NEW_REQUEST: Final = (
    Stage(
        "after_visit",
        questions=(Question("requested_on", Asked.PAST_DAY),),
        ways=(Way("requested", to="new_certificate", needs=("requested_on",)), Way("again", to="visit")),
    ),
    Stage(
        "new_certificate",
        questions=_DAY,
        shows=(Shows.REQUEST_LIMIT,),
        ways=(
            Way("delivered", ends=Ends.CANCELS),
            Way("not_yet", to="new_certificate", needs=("day",), waits=APPOINTMENT, until="day"),
        ),
    ),
)


def _passphrase_stages(*, visit: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """From a passphrase that does not work, by what is kept and what the client knows, to the visit."""
    return (
        Stage(
            "candidates",
            shows=(Shows.CANDIDATES,),
            ways=(
                Way("try", to="candidates", does=Does.TRIES_CANDIDATES),
                Way("opened", ends=Ends.SOLVED),
                Way("none_opens", to="client"),
            ),
        ),
        Stage(
            "client",
            shows=(Shows.ASK_CLIENT,),
            ways=(Way("asked", to="answered", waits=CLIENT), Way("nobody_knows", to="visit")),
        ),
        Stage(
            "answered",
            shows=(Shows.CANDIDATES,),
            ways=(
                Way("try", to="answered", does=Does.TRIES_CANDIDATES),
                Way("opened", ends=Ends.SOLVED),
                Way("not_yet", to="answered", waits=CLIENT),
                Way("nobody_knows", to="visit"),
            ),
        ),
        *visit,
    )


def _recovery(*, hands_out: Handout | None) -> Stage:
    return Stage(
        "recovery",
        shows=(Shows.RECOVERY,),
        hands_out=hands_out,
        ways=(_works("downloaded"), Way("failed", to="recovery", waits=PORTAL)),
    )


def _side_by_side(*, elsewhere: tuple[Way, ...]) -> tuple[Stage, ...]:
    """Two lines of identifiers beside each other, and what follows from the difference."""
    return (
        Stage("compare", questions=_SEEN, ways=(Way("compare", to="side_by_side", needs=("seen_rfc",)),)),
        Stage(
            "side_by_side",
            shows=(Shows.SIDE_BY_SIDE,),
            ways=(
                Way("same", ends=Ends.SOLVED, only_if_same=True),
                *elsewhere,
                Way("ours_wrong", to="correct"),
                Way("mistyped", to="compare"),
            ),
        ),
        Stage("correct", shows=(Shows.COMPANY_DATA,), ways=(_works("corrected"),)),
    )


PLAYBOOKS: Final[tuple[Playbook, ...]] = (
    Playbook(
        "mail_missing",
        stages=(
            Stage("look", ways=(_works("moved_on"), Way("still", to="serial"))),
            Stage(
                "serial",
                questions=_SERIAL,
                ways=(
                    Way("found", to="recovery", needs=("serial",)),
                    Way("not_issued", to="look", waits=PORTAL),
                ),
            ),
            _recovery(hands_out=Handout.PENDING_KEY),
        ),
    ),
    Playbook(
        "certificate_not_downloaded",
        stages=(
            Stage(
                "serial",
                questions=_SERIAL,
                ways=(Way("found", to="recovery", needs=("serial",)), Way("not_issued", to="not_issued")),
            ),
            _recovery(hands_out=Handout.PENDING_KEY),
            Stage(
                "not_issued",
                ways=(
                    Way("install_again", ends=Ends.SOLVED, back_to="install_with_new_key"),
                    Way("later", to="serial", waits=PORTAL),
                ),
            ),
        ),
    ),
    Playbook(
        "broken_page",
        stages=(
            Stage("reload", ways=(_works(), Way("still", to="compatibility"))),
            Stage("compatibility", ways=(_works(), Way("still", to="report"))),
            Stage(
                "report",
                questions=_REPORT,
                ways=(
                    Way("later", to="again", needs=("what",), waits=PORTAL),
                    Way("everybody", to="again", needs=("what",), does=Does.OPENS_INCIDENT),
                ),
            ),
            Stage("again", ways=(_works(), Way("still", to="again", waits=PORTAL))),
        ),
    ),
    Playbook(
        "old_passphrase",
        stages=(
            Stage("copy", ways=(_works(), Way("still", to="candidates"))),
            *_passphrase_stages(visit=(_visit("imss_cancellation", after="after_visit"), *_NEW_REQUEST)),
        ),
    ),
    Playbook(
        "key_lost",
        stages=(
            Stage("what", ways=(_works("found"), Way("lost", to="visit"), Way("misused", to="visit"))),
            _visit("imss_cancellation", after="after_visit"),
            *_NEW_REQUEST,
        ),
    ),
    Playbook(
        "identity_mismatch",
        stages=(
            *_side_by_side(
                elsewhere=(
                    Way("another_company", ends=Ends.SOLVED, back_to="enter_idse"),
                    Way("portal_wrong", to="visit"),
                )
            ),
            _visit("imss_data", after="after_data"),
            Stage("after_data", ways=(_works("corrected"), Way("again", to="visit"))),
        ),
    ),
    Playbook(
        "portal_down",
        stages=(
            Stage(
                "check",
                questions=_REPORT,
                ways=(_works(), Way("down", to="back", needs=("what",), does=Does.OPENS_INCIDENT)),
            ),
            Stage("back", shows=(Shows.INCIDENT,), ways=(_works(), Way("still", to="back", waits=PORTAL))),
        ),
        kinds=("npie", "efirma", "csd"),
    ),
    Playbook(
        "sat_appointment",
        stages=_passphrase_stages(
            visit=(
                _visit("sat_efirma", after="after_visit"),
                Stage("after_visit", ways=(_works("obtained"), Way("again", to="visit"))),
            )
        ),
        kinds=("efirma",),
    ),
    Playbook(
        "sat_misuse",
        stages=(
            Stage("revoke", ways=(_works("false_alarm"), Way("revoked", to="what_now"), Way("in_person", to="visit"))),
            Stage("what_now", ways=(_works("goes_on"), Way("needs_visit", to="visit"))),
            _visit("sat_efirma", after="after_visit"),
            Stage("after_visit", ways=(_works("obtained"), Way("again", to="visit"))),
        ),
        kinds=("efirma", "csd"),
    ),
    Playbook(
        "sat_not_downloaded",
        stages=(Stage("recover", ways=(_works("downloaded"), Way("not_there", to="recover", waits=PORTAL))),),
        kinds=("efirma", "csd"),
    ),
    Playbook(
        "files_of_another",
        stages=_side_by_side(elsewhere=(_works("wrong_file"), Way("issued_wrong", ends=Ends.SOLVED, back_to="obtain"))),
    ),
)

_BY_KEY: Final = {one.key: one for one in PLAYBOOKS}


def playbook_of(key: str) -> Playbook:
    """The playbook of this key. Raises KeyError where there is none."""
    return _BY_KEY[key]


def offered(keys: tuple[str, ...], *, kind: str) -> tuple[Playbook, ...]:
    """Those of a step's playbooks that are for this kind of certificate, in the step's order."""
    books = (playbook_of(key) for key in keys)
    return tuple(one for one in books if not one.kinds or kind in one.kinds)
