"""How does the program speak with a mail server so that it knows whether a message may have left?

A client that gives up while the server thinks about a message it was handed cannot know whether the server will
deliver it (RFC 1047). So everything before is answered quickly or not at all, and that one answer gets the patience
which RFC 5321 section 4.5.3.2.6 asks for, as far as a lease allows.
"""

import smtplib
from typing import TYPE_CHECKING, Any

from django.core.mail.backends import smtp

#: Seconds for the answer to a whole message. The RFC wants ten minutes; a message is held for ten by its worker.
PATIENCE = 300

if TYPE_CHECKING:
    _Connection = smtplib.SMTP
else:
    _Connection = object


class NoAnswer(Exception):
    """The message was handed over, and whether the server took it nobody knows."""


class _Patient(_Connection):
    """Waits for the last answer, and tells its absence from every other fault."""

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Hand over one message (RFC 5321 section 4.1.1.4).

        Raises:
            NoAnswer: the connection broke, or the server was silent, after the message began to be handed over.
        """
        if self.sock is not None:
            self.sock.settimeout(PATIENCE)
        try:
            return super().data(msg)
        except smtplib.SMTPDataError:
            # It did not even want to see the message: that is an answer.
            raise
        except OSError as error:
            raise NoAnswer from error
        finally:
            if self.sock is not None:
                self.sock.settimeout(self.timeout)


class PatientSMTP(_Patient, smtplib.SMTP):
    """Without encryption, or with STARTTLS."""


class PatientSMTPOverTLS(_Patient, smtplib.SMTP_SSL):
    """With TLS from the first byte."""


class EmailBackend(smtp.EmailBackend):
    """Django's own, with a connection that knows when the outcome is open."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """Which of the two."""
        return PatientSMTPOverTLS if self.use_ssl else PatientSMTP

    def abandon(self) -> None:
        """Leave a connection of which something went wrong; to say goodbye first may take as long as the fault did."""
        if self.connection is not None:
            self.connection.close()
        self.connection = None
