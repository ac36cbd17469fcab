"""Which words does the program itself have for a part of a step, as a page shows them and as a text to begin with?

The words stand in the templates of the steps. Here they are drawn with the placeholders in the place of a company, so
that what is copied from them names no company at all.
"""

from datetime import date
from html.parser import HTMLParser
from types import SimpleNamespace

from django.template import Context
from django.template.backends.django import Template
from django.template.loader import get_template
from django.template.loader_tags import BlockNode

from renewals.procedure.texts import PLAYBOOK_PART
from renewals.wording.playbooks import say_playbook

#: Elements whose text is a line of its own.
_LINES = {"p", "li", "dt", "dd"}
#: What a program's page shows besides words.
_NO_WORDS = {"button", "dl"}


def program_words(step_key: str, part: str, *, kind: str) -> str:
    """The program's words as restricted text, for a certificate of this kind."""
    if part.startswith(PLAYBOOK_PART):
        return say_playbook(part.removeprefix(PLAYBOOK_PART))[1]
    reader = _Reader()
    reader.feed(_drawn(step_key, part, kind=kind))
    return reader.text()


def _drawn(step_key: str, part: str, *, kind: str) -> str:
    page = get_template(f"steps/{step_key}.html")
    if not isinstance(page, Template):
        raise TypeError("the pages of the steps are Django's templates")
    template = page.template
    nodes = template.nodelist.get_nodes_by_type(BlockNode)
    block = next(node for node in nodes if isinstance(node, BlockNode) and node.name == part)
    company = SimpleNamespace(pk=0, name="{empresa}", rfc="{rfc}", renewal_mailbox="{correo}")
    certificate = SimpleNamespace(
        pk=0, kind=kind, scope="{registro_patronal}", serial="{serie}", expires_on=date.max, company=company
    )
    context = Context(
        {
            "company": company,
            "certificate": certificate,
            "renewal": SimpleNamespace(pk=0, company=company, certificate=certificate),
            "step": SimpleNamespace(key=step_key),
            "key_name": "{archivo_llave}",
            "certificate_name": "{archivo_certificado}",
        }
    )
    with context.render_context.push_state(template), context.bind_template(template):
        return str(block.nodelist.render(context))


class _Reader(HTMLParser):
    """Reads the words of a drawn page: a paragraph or a numbered line for each of its elements."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks: list[str] = []
        self._line: list[str] = []
        self._number = 0
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _NO_WORDS:
            self._silent += 1
        elif tag in {"ol", "ul"}:
            self._number = 0
        elif tag in _LINES:
            self._line = []

    def handle_endtag(self, tag: str) -> None:
        if tag in _NO_WORDS:
            self._silent -= 1
        elif tag in _LINES and not self._silent:
            words = " ".join("".join(self._line).split())
            if tag == "li":
                self._number += 1
                words = f"{self._number}. {words}"
            self._blocks.append(words)
            self._line = []

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._line.append(data)

    def text(self) -> str:
        """Numbered lines below each other, paragraphs apart."""
        said = ""
        for one in filter(None, self._blocks):
            follows = said and one[0].isdigit() and said.rsplit("\n", 1)[-1][0].isdigit()
            said += ("\n" if follows else "\n\n" if said else "") + one
        return said
