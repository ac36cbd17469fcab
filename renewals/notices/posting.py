"""Over which connection does a message leave, and what does a mail server's answer mean for it and for the others?"""

import re
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from time import monotonic

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from renewals.errors.mailing import MailServerUnavailable
from renewals.notices.smtp import EmailBackend, NoAnswer

#: Seconds after which one connection takes no further message: what else its worker has to do must not wait longer.
LONGEST = 120
#: RFC 3463: a permanent failure whose reason is a rule of the server (X.7) and not the mailbox.
_RULE_OF_THE_SERVER = re.compile(rb"\s*5\.7\.\d")
#: Reply codes of RFC 5321 and RFC 4954 that speak of the conversation, whatever the message.
_ABOUT_US = frozenset({421, 503, 530, 535})
#: As the answer to an address it is how servers say that they pass on nobody's mail, or none to there.
_NO_RELAY = 554
_GONE = (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError)


class Refused(Exception):
    """The server will not take this message to this address, now or later; ``code`` says which of the two."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotNow(Exception):
    """The message did not leave, as far as anybody knows.

    ``is_unsure``: the server may have taken it all the same. ``is_servers``: no other message would leave either.
    """

    def __init__(self, code: str, *, is_unsure: bool = False, is_servers: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.is_unsure = is_unsure
        self.is_servers = is_servers


class _Line:
    """A connection to the mail server: opened for the first message, used for the next ones, dropped after a fault."""

    def __init__(self) -> None:
        self.backend: BaseEmailBackend = get_connection()
        self.is_open = False
        self.is_down = False
        self.opened_at = monotonic()

    def require(self) -> None:
        if self.is_down or monotonic() - self.opened_at > LONGEST:
            raise MailServerUnavailable

    def post(self, message: EmailMessage) -> None:
        was_open = self.is_open
        try:
            self._try(message)
        except NotNow as fault:
            if not (was_open and fault.is_servers and not fault.is_unsure):
                self.is_down = fault.is_servers
                raise
            # Servers end a connection that they think was used enough: another one, at once, tells the difference.
            self._try_anew(message)

    def close(self) -> None:
        if self.is_open:
            # Whatever a server says to a goodbye, its messages are with it.
            with suppress(Exception):
                self.backend.close()
        self.is_open = False

    def _try_anew(self, message: EmailMessage) -> None:
        try:
            self._try(message)
        except NotNow as fault:
            self.is_down = fault.is_servers
            raise

    def _try(self, message: EmailMessage) -> None:
        try:
            self._open()
            self.backend.send_messages([message])
        except Exception as error:
            meaning = meaning_of(error)
            if isinstance(meaning, NotNow) and (meaning.is_servers or meaning.is_unsure):
                self._drop()
            raise meaning from error

    def _open(self) -> None:
        if not self.is_open:
            self.backend.open()
            self.is_open = True

    def _drop(self) -> None:
        self.is_open = False
        if isinstance(self.backend, EmailBackend):
            self.backend.abandon()


_current: ContextVar[_Line | None] = ContextVar("mail_server", default=None)


@contextmanager
def one_connection() -> Iterator[None]:
    """Let the messages of this block leave over one connection, opened with the first of them."""
    line = _Line()
    token = _current.set(line)
    try:
        yield
    finally:
        _current.reset(token)
        line.close()


def require_server() -> None:
    """Before a message is claimed: go no further over a connection that has failed or was used for long.

    Raises:
        MailServerUnavailable: the rest waits for the next look.
    """
    line = _current.get()
    if line is not None:
        line.require()


def post(message: EmailMessage) -> None:
    """Hand a message to the mail server.

    Raises:
        Refused: it will never be taken.
        NotNow: it was not taken, or nobody knows.
    """
    line = _current.get()
    if line is not None:
        line.post(message)
        return
    with one_connection():
        post(message)


def meaning_of(error: Exception) -> Refused | NotNow:
    """What a fault says about this message and about the server."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        ((code, words),) = error.recipients.values()
        if code == _NO_RELAY:
            return NotNow("server_refused")
        return _of_reply(code, words, "recipient_refused")
    if isinstance(error, smtplib.SMTPDataError):
        return _of_reply(error.smtp_code, error.smtp_error, "message_refused")
    if isinstance(error, NoAnswer):
        return NotNow("no_answer", is_unsure=True, is_servers=True)
    if isinstance(error, OSError):
        is_answer = isinstance(error, smtplib.SMTPException) and not isinstance(error, _GONE)
        return NotNow("server_refused" if is_answer else "server_unreachable", is_servers=True)
    # Of what nobody thought of nobody knows either whether it left.
    return NotNow("unexpected_error", is_unsure=True)


def _of_reply(code: int, words: bytes | str, refused: str) -> Refused | NotNow:
    said = words.encode() if isinstance(words, str) else words
    if 500 <= code < 600 and code not in _ABOUT_US and not _RULE_OF_THE_SERVER.match(said):
        return Refused(refused)
    return NotNow("server_refused", is_servers=code in _ABOUT_US)
