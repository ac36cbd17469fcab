"""How does the first person of a new firm get in? Asks on the terminal for name, mail and password."""

import getpass
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from renewals.audit import Machine
from renewals.errors import Refusal
from renewals.people.beginning import is_anybody_here, let_in_first_partner
from renewals.wording.errors import say_refusal

HOW_LATER = "Nadie puede entrar todavía. Crea a la primera persona con: .venv/bin/python manage.py first_person\n"


class Command(BaseCommand):
    """Ask for the first partner; every answer may also come from standard input, one a line."""

    help = "Pregunta por la primera persona del despacho (socia o socio) y le da acceso."

    def add_arguments(self, parser: CommandParser) -> None:
        """Only one: to be asked at every start."""
        parser.add_argument("--only-if-nobody", action="store_true", help="no hace nada si ya hay alguien")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask until the answers are accepted; an end of input leaves the firm without people and says so."""
        if options["only_if_nobody"] and is_anybody_here():
            return
        self.stdout.write("Todavía no hay personas. La primera será socia o socio y dará acceso a las demás.")
        try:
            while not self._let_in():
                pass
        except EOFError:
            self.stderr.write(HOW_LATER)

    def _let_in(self) -> bool:
        username = self._answer("Usuario (sin espacios, por ejemplo ana): ")
        full_name = self._answer("Nombre y apellidos: ")
        email = self._answer("Correo: ")
        password = self._secret("Contraseña (10 caracteres o más): ")
        if self._secret("La misma contraseña otra vez: ") != password:
            return self._again("Las contraseñas no son iguales.")
        try:
            person = let_in_first_partner(
                username=username, full_name=full_name, email=email, password=password, by=Machine("shell")
            )
        except Refusal as refusal:
            return self._again(say_refusal(refusal))
        self.stdout.write(f"{person} ya puede entrar como «{person.username}».")
        return True

    def _again(self, reason: str) -> bool:
        """Piped answers cannot be mended, so there the first wrong one is the end."""
        if not sys.stdin.isatty():
            raise CommandError(reason)
        self.stderr.write(reason)
        return False

    def _answer(self, question: str) -> str:
        while True:
            self.stdout.write(question, ending="")
            self.stdout.flush()
            line = sys.stdin.readline()
            if not line:
                raise EOFError
            if line.strip():
                return line.strip()

    def _secret(self, question: str) -> str:
        # Only a terminal echoes; getpass would otherwise look for the terminal behind a piped answer.
        return getpass.getpass(question) if sys.stdin.isatty() else self._answer(question)
