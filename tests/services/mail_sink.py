"""What did a mail server accept? One of our own, on this machine, that keeps what it said yes to."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage


@dataclass
class Sink:
    """Messages in the order of their acceptance, each with the address it was accepted for.

    It can be made difficult: ``refuses`` are its answers to some addresses, ``most`` is how many messages it takes over
    one connection, ``pause`` the seconds before every answer, and a ``mute`` one takes a message and says nothing.
    """

    port: int = 0
    conversations: int = 0
    accepted: list[tuple[str, EmailMessage]] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    most: int = 1_000_000
    pause: float = 0
    mute: bool = False

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
        taken = 0
        while word := self.rfile.readline().decode("ascii", errors="replace").strip():
            verb = word[:4].upper()
            if verb == "MAIL" and taken >= self.sink.most:
                self._say("421 enough for one connection")
                return
            if verb == "RCPT":
                address = word.partition("<")[2].partition(">")[0]
                if address in self.sink.refuses:
                    self._say(self.sink.refuses[address])
                    continue
                recipients.append(address)
            if verb == "DATA":
                self._say("354 go on")
                if not self._take(recipients):
                    return
                recipients = []
                taken += 1
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _take(self, recipients: list[str]) -> bool:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        # Kept before the yes is said: whoever dies from here on does not know that it was accepted.
        self.sink.accepted.extend((to, message) for to in recipients)
        if self.sink.mute:
            return False
        self._say("250 accepted")
        return True

    def _say(self, words: str) -> None:
        time.sleep(self.sink.pause)
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
