"""How does the history call each event?"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Event name → words. A test holds that every event the code records is here.
EVENTS: dict[str, str | Promise] = {
    "person.signed_in": _("Entró al sistema"),
}


def say_event(name: str) -> str:
    """The Spanish name of an event; its bare name where nobody has worded it."""
    return str(EVENTS.get(name, name))
