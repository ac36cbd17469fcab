"""Why can a way out of trouble not be begun or gone on with, and why is a text of the guide not taken?"""

from renewals.errors.moves import AlreadyMoved
from renewals.errors.refusal import Refusal


class PlaybookNotOffered(Refusal):
    """The step has no such way out, or not for this kind of certificate."""

    code = "playbook_not_offered"


class PlaybookUnderWay(AlreadyMoved):
    """Another way out is being walked in this renewal; one at a time."""

    code = "playbook_under_way"


class PlaybookMoved(AlreadyMoved):
    """Somebody answered first, left it, or the step has moved on."""

    code = "playbook_moved"


class SerialUnusable(Refusal):
    """An identifier has something else than digits and letters in it. Facts: ``field``."""

    code = "serial_unusable"


class SerialOfOldCertificate(Refusal):
    """The serial is that of the certificate that is being replaced. Facts: ``field``, ``serial``."""

    code = "serial_of_old_certificate"


class DayUnreadable(Refusal):
    """A day is missing or is none. Facts: ``field``."""

    code = "day_unreadable"


class DayToCome(Refusal):
    """What is told of has not happened yet on that day. Facts: ``field``."""

    code = "day_to_come"


class NothingToTry(Refusal):
    """No key file of the certificate waits for a passphrase: it is in custody, or was never handed in."""

    code = "nothing_to_try"


class IdentityDiffers(Refusal):
    """Somebody says that two lines are the same which are not."""

    code = "identity_differs"
