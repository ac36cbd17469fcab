"""Where will the program answer, may it listen there, and what must it know about that address?"""

import errno
import socket
from dataclasses import dataclass

EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104  # compared with what a person asked for
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class CannotListen(Exception):
    """The address cannot be used; the text says why and what to do, for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Place:
    """Host and port of the web process."""

    host: str
    port: int

    @property
    def is_reachable_from_outside(self) -> bool:
        """Whether other machines can connect, over plain HTTP."""
        return self.host not in LOOPBACK

    @property
    def bind(self) -> str:
        """The address as gunicorn wants it."""
        return f"{_bracketed(self.host)}:{self.port}"

    @property
    def local_host(self) -> str:
        """How this machine itself reaches it."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104  # compared, not bound

    @property
    def public_url(self) -> str:
        """How people reach it; written into mails."""
        host = _address_in_the_office() if self.host in EVERYWHERE else self.host
        return f"http://{_bracketed(host)}:{self.port}"

    def allowed_hosts(self) -> list[str]:
        """The names a browser may use for this machine; anything else in a Host header is refused."""
        hosts = [*LOOPBACK, "[::1]", _bracketed(self.host)]
        if self.is_reachable_from_outside:
            name = socket.gethostname()
            hosts += [name, f"{name}.local", _bracketed(_address_in_the_office()), *_addresses_of(name)]
        return sorted(set(hosts) - {"::1", *EVERYWHERE, "[::]"})

    def make_sure_it_is_free(self) -> None:
        """Try to listen there.

        Raises:
            CannotListen: taken, forbidden, or no address of this machine.
        """
        try:
            family, _, _, _, address = socket.getaddrinfo(
                self.host, self.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
                probe.listen(1)
        except OSError as error:
            raise CannotListen(self._explanation(error)) from error

    def _explanation(self, error: OSError) -> str:
        if error.errno == errno.EADDRINUSE:
            return (
                f"El puerto {self.port} ya está ocupado por otro programa (port {self.port} is already in use). "
                f"Ciérralo, o elige otro puerto: make run PORT={min(self.port + 1, 65535)}"
            )
        if error.errno == errno.EACCES:
            return (
                f"Este usuario no puede usar el puerto {self.port} (permission denied). "
                "Elige uno mayor que 1023: make run PORT=8000"
            )
        return f"{self.host} no es una dirección de esta máquina (cannot listen there: {error.strerror or error})."


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _address_in_the_office() -> str:
    # Connecting a datagram socket sends nothing: it only asks the routing table which address we would use.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def _addresses_of(name: str) -> list[str]:
    try:
        return [_bracketed(str(found[4][0])) for found in socket.getaddrinfo(name, None)]
    except OSError:
        return []
