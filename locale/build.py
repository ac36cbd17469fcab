"""How does ``django.po`` become the ``django.mo`` that the program reads, without gettext's own tools?"""

from pathlib import Path

import polib


def build_all(folder: Path) -> list[Path]:
    """Compile every catalogue below the folder; the results lie beside their sources."""
    made = []
    for source in sorted(folder.rglob("*.po")):
        target = source.with_suffix(".mo")
        target.write_bytes(polib.pofile(str(source)).to_binary())
        made.append(target)
    return made


if __name__ == "__main__":
    build_all(Path(__file__).parent)
