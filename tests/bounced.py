"""How does a test get the report of a mail server that could not deliver a message?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_REPORT = """\
From: MAILER-DAEMON@mx.cliente.example
To: avisos@despacho.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <report@mx.cliente.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="outer"

--outer
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--outer
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.cliente.example
Arrival-Date: Tue, 3 Mar 2026 12:00:00 -0600

Final-Recipient: rfc822; {final}
Original-Recipient: rfc822; {original}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 user unknown

--outer
Content-Type: {kind}

{returned}
--outer--
"""
_MESSAGE = """\
From: Vigencia <avisos@despacho.example>
To: {original}
Subject: 1 en 7 =?utf-8?q?d=C3=ADas?= o menos
Message-ID: {message_id}
Content-Type: text/plain; charset=utf-8

Vence el martes 10 de marzo.
"""


def report_about(message_id: str, address: str, **said: str) -> bytes:
    """The report (RFC 3464) that the message did not reach this address, in the words of Postfix.

    ``said`` may name ``final`` (where it ended), ``action``, ``status`` and ``kind`` (how the message is returned).
    """
    words: Mapping[str, str] = {
        "final": address,
        "original": address,
        "action": "failed",
        "status": "5.1.1",
        "kind": "message/rfc822",
        **said,
    }
    returned = _MESSAGE.format(message_id=message_id, original=address)
    return _REPORT.format(returned=returned, **words).replace("\n", "\r\n").encode()
