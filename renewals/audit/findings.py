"""What did somebody do to the history? Facts of what a look at it found; Spanish words are in ``wording.findings``."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from renewals.audit.links import Line
from renewals.errors import Fact

#: So many findings of one code are told one by one; whoever changed more than that has changed everything. Of each code
#: for itself: some of them anybody brings about who may write events, and those must not hide the others.
MOST = 1_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was written."""

    code: str
    facts: Mapping[str, Fact]


@dataclass(slots=True)
class Report:
    """What a look at the whole history found.

    ``legacy`` events were written before there were canonical bytes, and are vouched for since they were linked.
    ``waiting`` ones are not linked yet. ``confirmed`` are the numbers of the heads held outside that are ours.
    ``keys_proved``: the audit keys were checked under the master key, and not only read from the database.
    """

    events: int = 0
    legacy: int = 0
    waiting: int = 0
    chains: int = 0
    statements: int = 0
    last: Line | None = None
    keys_proved: bool = False
    confirmed: list[int] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    #: Findings beyond :data:`MOST` of their code.
    more: int = 0
    by_code: Counter[str] = field(default_factory=Counter)

    def add(self, code: str, **facts: Fact) -> None:
        """Note a finding."""
        self.by_code[code] += 1
        if self.by_code[code] <= MOST:
            self.findings.append(Finding(code, facts))
        else:
            self.more += 1
