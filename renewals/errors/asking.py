"""Why is a client not asked, or why is what they send through their link not taken?"""

from renewals.errors.moves import AlreadyMoved
from renewals.errors.refusal import Refusal


class NothingAsked(Refusal):
    """Nothing is asked for."""

    code = "nothing_asked"


class MailboxAskedAlone(Refusal):
    """A mailbox is proved by whoever opens it, so nothing else goes with that."""

    code = "mailbox_asked_alone"


class ReaderMissing(Refusal):
    """There is nobody to ask: no contact of this company with an address."""

    code = "reader_missing"


class ReaderOfTheFirm(Refusal):
    """The address belongs to a person of the firm, who is no client."""

    code = "reader_of_the_firm"


class ReaderWrittenByOneself(Refusal):
    """Whoever wrote an address down last cannot ask it for the client's own yes."""

    code = "reader_written_by_oneself"


class RenewalMailboxMissing(Refusal):
    """The company has no mailbox for renewals."""

    code = "renewal_mailbox_missing"


class LetterWithoutRenewal(Refusal):
    """A letter belongs to a renewal that is under way."""

    code = "letter_without_renewal"


class KeyKeptAlready(Refusal):
    """The key is in custody or on its way there."""

    code = "key_kept_already"


class CertificateUnsaid(Refusal):
    """Nobody said of which certificate."""

    code = "certificate_unsaid"


class PassphraseWithoutFile(Refusal):
    """A passphrase alone opens nothing: no key file of the certificate is kept unopened."""

    code = "passphrase_without_file"


class NothingToAccept(Refusal):
    """No registered mandate waits for the client's yes."""

    code = "nothing_to_accept"


class AskedAlready(Refusal):
    """This reader has an open link for one of these things. Facts: ``request``, its number."""

    code = "asked_already"


class TooManyAsked(Refusal):
    """The company has so many open links. Facts: ``limit``."""

    code = "too_many_asked"


class AskingDaysWrong(Refusal):
    """A link is open for at least a day, and not for ever. Facts: ``most``, in days."""

    code = "asking_days_wrong"


class RequestOver(AlreadyMoved):
    """The request was answered, withdrawn or locked, or it lapsed."""

    code = "request_over"


class LinkOver(Refusal):
    """The link opens nothing, for whatever reason: a stranger is not told which."""

    code = "link_over"


class CodeWrong(Refusal):
    """Not the code that was told. Facts: ``left``, tries."""

    code = "code_wrong"


class LinkLocked(Refusal):
    """The code was wrong too often."""

    code = "link_locked"


class TooManySent(Refusal):
    """Too many files or passphrases were refused for one thing. Facts: ``limit``."""

    code = "too_many_sent"


class SentOfAnother(Refusal):
    """The file is another company's; whose is not said to a stranger."""

    code = "sent_of_another"


class SentNewer(Refusal):
    """The pair is newer than the one under renewal, so a person of the firm has to take it in."""

    code = "sent_newer"


class PassphraseEmpty(Refusal):
    """No passphrase was typed."""

    code = "passphrase_empty"


class NameMissing(Refusal):
    """Whoever says yes did not write their name."""

    code = "name_missing"


class TickMissing(Refusal):
    """Whoever says yes did not tick that they do."""

    code = "tick_missing"
