"""Why does mail not leave at the moment, or a report about mail is not taken?"""

from renewals.errors.moves import AlreadyMoved
from renewals.errors.refusal import Refusal


class MailServerUnavailable(Refusal):
    """The mail server does not answer, or is so slow that other work would wait; the messages do."""

    code = "mail_server_unavailable"


class OwnAddressMissing(Refusal):
    """Somebody without an address asked for a message to themselves."""

    code = "own_address_missing"


class BounceMailboxUnset(Refusal):
    """Nobody has said in which mailbox returned mail arrives."""

    code = "bounce_mailbox_unset"


class BounceMailboxUnusable(Refusal):
    """The mailbox of returned mail cannot be read. Facts: ``why``, the name of the fault alone."""

    code = "bounce_mailbox_unusable"


class BounceSettled(AlreadyMoved):
    """Somebody has said already that the address works."""

    code = "bounce_settled"
