"""What does the page of a renewal say of the places in which its certificate is used?"""

from dataclasses import dataclass

from renewals.models import InstallationAnswer, RenewalState
from renewals.procedure import installing
from renewals.procedure.installing import Place
from renewals.web.guide_shown import Shown
from renewals.web.installations import PLACE


@dataclass(frozen=True, slots=True)
class Places:
    """The places, what can be answered, and how a field of the form is called before the place's id."""

    places: list[Place]
    answers: list[tuple[str, str]]
    field: str

    @property
    def has_open(self) -> bool:
        """Whether something is still to be said of one of them."""
        return any(not one.answer or one.is_left for one in self.places)


def places_of(shown: Shown) -> Places | None:
    """At the last step, where they can be answered for, and once the renewal is done; None elsewhere."""
    renewal = shown.renewal
    if not installing.is_last_step(renewal, shown.step.key):
        return None
    if not shown.is_current and renewal.state != RenewalState.DONE:
        return None
    answers = [(one.value, str(one.label)) for one in InstallationAnswer]
    return Places(places=installing.places_of(renewal), answers=answers, field=PLACE)
