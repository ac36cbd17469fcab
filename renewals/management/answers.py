"""How does a command answer: one JSON document for machines, a table for people?"""

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from renewals.errors import Refusal
from renewals.intake.files import read_file
from renewals.intake.passphrases import read_passphrases
from renewals.wording.errors import say_refusal


def add_json(parser: ArgumentParser) -> None:
    """The option that every command with a contract has."""
    parser.add_argument("--json", action="store_true", help="un solo documento JSON en la salida estándar")


def write_json(command: BaseCommand, document: object) -> None:
    """Print one JSON document, in ASCII so that no terminal or file name can break it."""
    command.stdout.write(json.dumps(document, indent=2))


def write_table(command: BaseCommand, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows in columns as wide as what stands in them."""
    lines = [list(heads), *([_plain(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    for line in lines:
        command.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def refusal_document(refusal: Refusal) -> dict[str, str]:
    """A refusal as machines read it."""
    return {"code": refusal.code, "detail": refusal.detail}


def passphrases_from(path: str) -> tuple[str, ...]:
    """The passphrases of a file, one per line.

    Raises:
        CommandError: the file cannot be read, or holds too many.
    """
    try:
        return read_passphrases(read_file(path))
    except Refusal as refusal:
        raise CommandError(f"{Path(path).name}: {say_refusal(refusal)}") from refusal


def _plain(cell: object) -> str:
    """Text that cannot steer a terminal, whatever a file is called."""
    text = str(cell).encode("utf-8", errors="replace").decode()
    return "".join(one if one.isprintable() else "�" for one in text)


def say_without_key(rfcs: Sequence[str]) -> str:
    """Of which companies a backup does not bring every key back, and what to try."""
    return (
        f"Empresas con llaves o contraseñas que no abren: {len(rfcs)} ({', '.join(rfcs)}). "
        "Usa el archivo de llaves de la misma noche que el respaldo."
    )
