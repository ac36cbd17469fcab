"""What did a mail server accept? One of our own, on this machine, that keeps what it said yes to."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage


@dataclass
class Sink:
    """Messages in the order of their acceptance, each with the address it was accepted for."""

    port: int = 0
    conversations: int = 0
    accepted: list[tuple[str, EmailMessage]] = field(default_factory=list)

    def ids_for(self, address: str) -> list[str]:
        """The Message-ID of every copy that this address was sent."""
        return [str(message["Message-ID"]) for to, message in self.accepted if to == address]


class _Conversation(socketserver.StreamRequestHandler):
    """The few words of RFC 5321 that a client needs; a client that dies in the middle is simply gone."""

    sink: Sink

    def handle(self) -> None:
        self.sink.conversations += 1
        self._say("220 sink")
        recipients: list[str] = []
        while word := self.rfile.readline().decode("ascii", errors="replace").strip():
            verb = word[:4].upper()
            if verb == "RCPT":
                recipients.append(word.partition("<")[2].partition(">")[0])
            if verb == "DATA":
                self._say("354 go on")
                self._take(recipients)
                recipients = []
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _take(self, recipients: list[str]) -> None:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        # Kept before the yes is said: whoever dies from here on does not know that it was accepted.
        self.sink.accepted.extend((to, message) for to in recipients)
        self._say("250 accepted")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed breaks its connection; that is what these tests are for."""


@contextmanager
def mail_sink() -> Iterator[Sink]:
    """A mail server on a free port while the block lasts."""
    sink = Sink()
    handler = type("Conversation", (_Conversation,), {"sink": sink})
    with _Server(("127.0.0.1", 0), handler) as server:
        sink.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield sink
        finally:
            server.shutdown()
            thread.join()
