"""What does a person hand in for a step, and what is made of it before it is written down?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from renewals.audit import Actor
from renewals.errors import Fact
from renewals.models import Renewal, RenewalStep
from renewals.procedure.gates import Verdict
from renewals.procedure.steps import Step


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as the browser sent it; its name is for people and never trusted."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class HandedIn:
    """The fields of a step's form: answers and ticks (``"yes"``) by name, files by name, a secret apart."""

    answers: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Upload] = field(default_factory=dict)
    passphrase: str | None = field(default=None, repr=False)

    def ticked(self, name: str) -> bool:
        """Whether a box was ticked."""
        return self.answers.get(name) == "yes"

    def answer(self, name: str) -> str:
        """An answer; empty where none was given."""
        return self.answers.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Situation:
    """A step of a renewal at the moment somebody, or the machine, acts on it."""

    renewal: Renewal
    step: Step
    row: RenewalStep
    by: Actor
    now: datetime


def nothing_to_write() -> dict[str, Fact]:
    """Most steps change no row but their own."""
    return {}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it. ``verdict`` is None where the vault worker has to look first.

    ``write`` joins the transaction in which the step moves, after it was claimed; what it returns joins the answers.
    """

    verdict: Verdict | None
    answers: Mapping[str, Fact] = field(default_factory=dict)
    file: Upload | None = None
    #: A second file that belongs to the first, such as its signature.
    beside: Upload | None = None
    write: Callable[[], dict[str, Fact]] = nothing_to_write


@dataclass(frozen=True, slots=True)
class Rejection:
    """A worker looked at it, and it does not pass: the code and facts of a refusal.

    ``write`` joins the transaction in which that is written down.
    """

    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    write: Callable[[], dict[str, Fact]] = nothing_to_write
