"""Which steps does each plan of renewal have, who does them, what do they take and what proves them?

One table. A renewal remembers the plan and the edition it follows, so a later edition is added here beside the
earlier ones and rewrites no history. Nothing but data: what a step does with what it is given is in ``portal_steps``
and ``general_steps``, what it demands in ``gates``, its words in ``renewals.wording.steps`` and ``templates/steps``.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum


class Actor(StrEnum):
    """Who has to act for a step to move."""

    MACHINE = "machine"
    STAFF = "staff"
    CLIENT = "client"


class Grade(StrEnum):
    """How strong a proof is, strongest first; the values of ``Evidence.grade``."""

    CRYPTOGRAPHIC = "C"
    FILE = "F"
    TIME = "T"
    WORD = "A"


class Portal(StrEnum):
    """On whose pages a step is done; the values of ``models.Portal``."""

    NONE = ""
    IDSE = "idse"
    #: Of the kinds that the SAT issues: a certificate of unknown kind is nobody's in particular.
    SAT = "sat"


class Takes(StrEnum):
    """What a field of a step's form takes."""

    #: A tick: the person gives their word.
    WORD = "word"
    CHOICE = "choice"
    TEXT = "text"
    #: A file that is kept as evidence, as it is.
    EVIDENCE = "evidence"
    #: A certificate, key or PFX: read or sealed at the door, never kept as a file.
    KEY_MATERIAL = "key_material"
    #: A secret that is sealed at the door and never shown again by the form.
    PASSPHRASE = "passphrase"  # noqa: S105  # the name of a field


class Handout(StrEnum):
    """What custody hands out for a step."""

    OLD_PAIR = "old_pair"
    NEW_PASSPHRASE = "new_passphrase"  # noqa: S105  # the name of a handout
    PENDING_KEY = "pending_key"
    NEW_PAIR = "new_pair"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a step's form. ``choices`` are stable values; their words live elsewhere."""

    name: str
    takes: Takes
    required: bool = True
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a plan.

    ``minimum`` is the proof it closes on. ``word_instead``: where that proof cannot be had, a person's reasoned word
    closes it too, and the dossier shows it as weaker. ``waits``: it goes on by itself after so long. ``signs_with``:
    the pair with which the vault can sign a letter of this step, so that nobody has to take it out for that.
    ``portal``: where it is done, which an incident there makes wait; empty where no portal is needed. ``limit_days``:
    the business days in which it should be done, after which it is stuck.
    """

    key: str
    actor: Actor
    minimum: tuple[Grade, ...]
    fields: tuple[Field, ...] = ()
    word_instead: bool = False
    hands_out: Handout | None = None
    signs_with: Handout | None = None
    needs_vault: bool = False
    waits: timedelta | None = None
    playbooks: tuple[str, ...] = ()
    portal: Portal = Portal.NONE
    limit_days: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of one edition of a plan, in order."""

    name: str
    edition: int
    steps: tuple[Step, ...]
    #: Whether a new key is made on the way, for which the vault prepares a passphrase beforehand.
    makes_new_key: bool = False
    #: Whether nothing can be finished without the old pair, so that a failed proof of it stops the first step.
    needs_old_pair: bool = False

    def step_keys(self) -> tuple[str, ...]:
        """The keys of its steps, in order."""
        return tuple(step.key for step in self.steps)

    def step(self, key: str) -> Step:
        """The step of this key. Raises KeyError when the plan has none."""
        for step in self.steps:
            if step.key == key:
                return step
        raise KeyError(key)

    def after(self, key: str) -> Step | None:
        """The step that follows, or None after the last one. Raises KeyError when the plan has no such step."""
        keys = self.step_keys()
        if key not in keys:
            raise KeyError(key)
        following = self.steps[keys.index(key) + 1 :]
        return following[0] if following else None


#: What the portal may show at the first step; the last two lead away from the guide.
PORTAL_NOTICES = ("expired", "about_to_expire", "revoked", "no_link")
PASSPHRASES = ("given", "own")
AFTER_MAIL_NOTICE = ("moved_on", "stopped")

_CARTA = (
    Field("letter", Takes.EVIDENCE, required=False),
    Field("why_no_file", Takes.TEXT, required=False),
)

_NPIE_1 = Plan(
    name="npie",
    edition=1,
    makes_new_key=True,
    needs_old_pair=True,
    steps=(
        Step(
            key="enter_idse",
            actor=Actor.STAFF,
            minimum=(Grade.TIME, Grade.WORD),
            fields=(
                Field("portal_notice", Takes.CHOICE, choices=PORTAL_NOTICES),
                Field("own_copy", Takes.WORD, required=False),
            ),
            hands_out=Handout.OLD_PAIR,
            playbooks=("old_passphrase", "key_lost", "portal_down", "broken_page"),
            portal=Portal.IDSE,
            limit_days=2,
        ),
        Step(
            key="confirm_company",
            actor=Actor.STAFF,
            minimum=(Grade.TIME,),
            fields=(Field("confirmed", Takes.WORD),),
            word_instead=True,
            playbooks=("identity_mismatch", "portal_down", "broken_page"),
            portal=Portal.IDSE,
        ),
        Step(
            key="new_key_place",
            actor=Actor.STAFF,
            minimum=(Grade.CRYPTOGRAPHIC,),
            fields=(Field("passphrase_used", Takes.CHOICE, choices=PASSPHRASES),),
            word_instead=True,
            hands_out=Handout.NEW_PASSPHRASE,
            playbooks=("portal_down", "broken_page"),
            portal=Portal.IDSE,
        ),
        Step(
            key="mouse_entropy",
            actor=Actor.STAFF,
            minimum=(Grade.CRYPTOGRAPHIC,),
            fields=(
                Field("key_file", Takes.KEY_MATERIAL),
                Field("passphrase", Takes.PASSPHRASE, required=False),
            ),
            needs_vault=True,
            playbooks=("portal_down", "broken_page"),
            portal=Portal.IDSE,
        ),
        Step(
            key="sign_terms_old",
            actor=Actor.STAFF,
            minimum=(Grade.FILE,),
            fields=_CARTA,
            word_instead=True,
            hands_out=Handout.OLD_PAIR,
            signs_with=Handout.OLD_PAIR,
            playbooks=("old_passphrase", "key_lost", "portal_down", "broken_page"),
            portal=Portal.IDSE,
        ),
        Step(
            key="mail_that_never_comes",
            actor=Actor.MACHINE,
            minimum=(Grade.TIME,),
            fields=(Field("portal_screen", Takes.CHOICE, choices=AFTER_MAIL_NOTICE),),
            waits=timedelta(minutes=2),
            playbooks=("mail_missing", "portal_down"),
            portal=Portal.IDSE,
        ),
        Step(
            key="install_with_new_key",
            actor=Actor.STAFF,
            minimum=(Grade.CRYPTOGRAPHIC,),
            fields=(
                Field("installed", Takes.WORD),
                Field("key_file", Takes.KEY_MATERIAL, required=False),
            ),
            hands_out=Handout.PENDING_KEY,
            playbooks=("certificate_not_downloaded", "portal_down", "broken_page"),
            portal=Portal.IDSE,
        ),
        Step(
            key="certificate_saved",
            actor=Actor.STAFF,
            minimum=(Grade.CRYPTOGRAPHIC,),
            fields=(Field("certificate_file", Takes.KEY_MATERIAL),),
            needs_vault=True,
            playbooks=("certificate_not_downloaded", "identity_mismatch", "portal_down"),
            portal=Portal.IDSE,
        ),
        Step(
            key="terms_offered_again",
            actor=Actor.STAFF,
            minimum=(Grade.FILE,),
            fields=_CARTA,
            word_instead=True,
            playbooks=("portal_down", "broken_page"),
            portal=Portal.IDSE,
        ),
        Step(
            key="sign_terms_new",
            actor=Actor.STAFF,
            minimum=(Grade.FILE,),
            fields=_CARTA,
            word_instead=True,
            hands_out=Handout.NEW_PAIR,
            signs_with=Handout.NEW_PAIR,
            playbooks=("portal_down", "broken_page"),
            portal=Portal.IDSE,
        ),
        Step(
            key="generated",
            actor=Actor.MACHINE,
            minimum=(Grade.CRYPTOGRAPHIC,),
            needs_vault=True,
        ),
        Step(
            key="conditions_at_login",
            actor=Actor.STAFF,
            minimum=(Grade.FILE,),
            fields=_CARTA,
            word_instead=True,
            hands_out=Handout.NEW_PAIR,
            playbooks=("portal_down", "broken_page"),
            portal=Portal.IDSE,
        ),
        Step(
            key="sign_conditions_new",
            actor=Actor.STAFF,
            minimum=(Grade.FILE,),
            fields=_CARTA,
            word_instead=True,
            hands_out=Handout.NEW_PAIR,
            signs_with=Handout.NEW_PAIR,
            playbooks=("portal_down", "broken_page"),
            portal=Portal.IDSE,
        ),
        Step(
            key="access_granted",
            actor=Actor.STAFF,
            minimum=(Grade.FILE, Grade.WORD, Grade.WORD),
            fields=(
                Field("screenshot", Takes.EVIDENCE),
                Field("entered", Takes.WORD),
            ),
            hands_out=Handout.NEW_PAIR,
            playbooks=("portal_down", "broken_page"),
            portal=Portal.IDSE,
            limit_days=2,
        ),
    ),
)

_GENERAL_1 = Plan(
    name="general",
    edition=1,
    steps=(
        Step(
            key="obtain",
            actor=Actor.STAFF,
            minimum=(Grade.WORD,),
            fields=(Field("obtained", Takes.WORD),),
            hands_out=Handout.OLD_PAIR,
            playbooks=("sat_appointment", "sat_misuse", "sat_not_downloaded", "portal_down"),
            portal=Portal.SAT,
            limit_days=5,
        ),
        Step(
            key="take_in",
            actor=Actor.STAFF,
            minimum=(Grade.CRYPTOGRAPHIC,),
            fields=(
                Field("certificate_file", Takes.KEY_MATERIAL),
                Field("key_file", Takes.KEY_MATERIAL, required=False),
                Field("passphrase", Takes.PASSPHRASE),
            ),
            needs_vault=True,
            playbooks=("files_of_another", "sat_not_downloaded"),
        ),
        Step(
            key="confirm",
            actor=Actor.STAFF,
            minimum=(Grade.WORD,),
            fields=(Field("confirmed", Takes.WORD),),
            hands_out=Handout.NEW_PAIR,
            limit_days=3,
        ),
    ),
)

_CARTA_2 = (
    _CARTA[0],
    #: Where the portal gives the signature as a file of its own.
    Field("signature_file", Takes.EVIDENCE, required=False),
    _CARTA[1],
)
#: As the first, and a signed letter may come in two files.
_NPIE_2 = replace(
    _NPIE_1,
    edition=2,
    steps=tuple(replace(step, fields=_CARTA_2) if step.signs_with is not None else step for step in _NPIE_1.steps),
)

#: Every edition of every plan that a renewal may be following.
PLANS: tuple[Plan, ...] = (_NPIE_1, _NPIE_2, _GENERAL_1)

_PLAN_OF_KIND = {"npie": _NPIE_2}


def plan_for(kind: str) -> Plan:
    """The plan that a renewal of this kind of certificate begins with today."""
    return _PLAN_OF_KIND.get(kind, _GENERAL_1)


def plan_of(name: str, edition: int) -> Plan:
    """The plan a renewal follows. Raises KeyError when this edition was never written."""
    for plan in PLANS:
        if (plan.name, plan.edition) == (name, edition):
            return plan
    raise KeyError((name, edition))
