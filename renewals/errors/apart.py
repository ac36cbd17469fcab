"""Which subjects keep refusals of their own, that only few modules raise and that are imported from where they are?

One line a subject: so that all of them are known as soon as any refusal is.
"""

from renewals.errors import (
    absences,
    asking,
    calendar,
    handing_over,
    heartbeat,
    hsm,
    installations,
    letters,
    mailing,
    marks,
    pending_keys,
    playbooks,
    practice,
    previews,
    silences,
    texts,
    waiting,
)

__all__ = [
    "absences",
    "asking",
    "calendar",
    "handing_over",
    "heartbeat",
    "hsm",
    "installations",
    "letters",
    "mailing",
    "marks",
    "pending_keys",
    "playbooks",
    "practice",
    "previews",
    "silences",
    "texts",
    "waiting",
]
