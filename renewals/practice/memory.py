"""How far has a company come at the practice portal, and what may the portal remember of it?

Public things only: certificates, the public half of the new key, days and serials. Keys and passwords are used while
a page is answered and kept nowhere.
"""

import base64
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

#: The page that announces a mail goes on by itself after so many seconds.
MAIL_SECONDS = 4


class Stage(StrEnum):
    """The screen at which a request stands."""

    NONE = ""
    NEW_KEY = "new_key"
    LETTER_OLD = "letter_old"
    MAIL = "mail"
    INSTALL = "install"
    #: The certificate was issued and its download broke off: only the recovery address helps.
    LOST = "lost"
    LETTER_NEW = "letter_new"
    GENERATED = "generated"
    CONDITIONS = "conditions"
    DONE = "done"


#: The old certificate opens the portal up to here; from the new one on, it is revoked.
WITH_OLD = frozenset({Stage.NONE, Stage.NEW_KEY, Stage.LETTER_OLD, Stage.MAIL, Stage.INSTALL, Stage.LOST})


class Failure(StrEnum):
    """The known failures that can be switched on for a company."""

    MAIL_STOPS = "mail_stops"
    DOWNLOAD_LOST = "download_lost"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105  # the name of a failure
    PORTAL_DOWN = "portal_down"
    BROKEN_PAGE = "broken_page"
    OTHER_KEY = "other_key"
    SHORT_VALIDITY = "short_validity"


@dataclass(frozen=True, slots=True)
class Memory:
    """What the portal remembers of one registro patronal; certificates and the public key as DER in base64."""

    stage: str = Stage.NONE
    old: str = ""
    public_key: str = ""
    issued: str = ""
    serial: str = ""
    #: Serial of what was replaced; the portal knows it as revoked.
    revoked: str = ""
    #: When the present screen began; letters are dated with it.
    since: str = ""

    @classmethod
    def read(cls, kept: Any) -> Self:
        """What was kept; names that this edition does not know are left out."""
        known = {one.name for one in fields(cls)}
        return cls(**{name: str(text) for name, text in dict(kept or {}).items() if name in known})

    def kept(self) -> dict[str, str]:
        """As it is kept."""
        return {name: str(text) for name, text in asdict(self).items()}

    def at(self, stage: Stage, *, now: datetime, **changes: str) -> Self:
        """The same at another screen."""
        return replace(self, stage=stage, since=now.isoformat(timespec="seconds"), **changes)

    @property
    def began_at(self) -> datetime:
        """When the present screen began. Raises ValueError where none has."""
        return datetime.fromisoformat(self.since)

    def mail_is_over(self, now: datetime) -> bool:
        """Whether the page that announces a mail has stood long enough."""
        return now - self.began_at >= timedelta(seconds=MAIL_SECONDS)

    def old_der(self) -> bytes:
        """The certificate with which the request began."""
        return base64.b64decode(self.old)

    def issued_der(self) -> bytes:
        """The certificate that the portal issued."""
        return base64.b64decode(self.issued)

    def public_key_der(self) -> bytes:
        """The public half of the key that was made for the request."""
        return base64.b64decode(self.public_key)


def told(der: bytes) -> str:
    """Octets as the memory keeps them."""
    return base64.b64encode(der).decode("ascii")
