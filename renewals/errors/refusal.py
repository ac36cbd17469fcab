"""What is a refusal?

A refusal knows a stable code and plain facts; the Spanish for it lives in ``renewals.wording``. Facts may be
shown to people and written to history, so no key, passphrase or file content ever goes into one.
"""

from typing import ClassVar, Self

Fact = str | int | bool | None


class Refusal(Exception):
    """Base of everything the program refuses to do; ``facts`` are shown to people, so they hold no secret."""

    code: ClassVar[str] = "refused"

    def __init__(self, /, **facts: Fact) -> None:
        super().__init__(self.code)
        self.facts = facts

    @property
    def detail(self) -> str:
        """The facts as machines read them beside the code: ``name=value``, in the order of their names."""
        return ", ".join(f"{name}={fact}" for name, fact in sorted(self.facts.items()))

    def alone(self) -> Self:
        """The refusal without its traceback, to be kept: frames hold on to files and passphrases."""
        self.__cause__ = self.__context__ = None
        return self.with_traceback(None)
