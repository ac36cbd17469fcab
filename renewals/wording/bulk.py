"""How is a bulk action called?"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACTIONS: dict[str, str | Promise] = {
    "queue_renewals": _("Poner en cola la renovación"),
}


def say_bulk_action(action: str) -> str:
    """The Spanish name of a bulk action; its bare name where nobody has worded it."""
    return str(ACTIONS.get(action, action))
