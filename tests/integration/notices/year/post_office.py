"""What does the firm's mail server do? It is down, or it takes messages except to some addresses."""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from typing import ClassVar

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class PostOffice(BaseEmailBackend):
    """Keeps what it took in ``taken``, and the Message-ID of what it refused in ``refused``."""

    is_down: ClassVar[bool] = False
    refuses: ClassVar[set[str]] = set()
    taken: ClassVar[list[EmailMessage]] = []
    refused: ClassVar[list[str]] = []

    @classmethod
    def open_anew(cls) -> None:
        """As on the first day."""
        cls.is_down, cls.refuses, cls.taken, cls.refused = False, set(), [], []

    def open(self) -> bool:
        if self.is_down:
            raise ConnectionRefusedError
        return True

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            (address,) = message.to
            if address in self.refuses:
                self.refused.append(message.extra_headers["Message-ID"])
                raise smtplib.SMTPRecipientsRefused({address: (550, b"5.1.1 no such mailbox")})
            self.taken.append(message)
        return len(email_messages)
