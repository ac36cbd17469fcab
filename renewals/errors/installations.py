"""Why is a place where a certificate is installed not written down, or a renewal not closed over it?"""

from renewals.errors.moves import AlreadyMoved
from renewals.errors.refusal import Refusal


class PlaceUnnamed(Refusal):
    """A program or computer without a name is found by nobody."""

    code = "place_unnamed"


class PlaceKnown(Refusal):
    """The company has a place of this name for this kind of certificate. Facts: ``place``, its name."""

    code = "place_known"


class PlaceGone(AlreadyMoved):
    """Somebody took the place off the list meanwhile."""

    code = "place_gone"


class PlacesUnanswered(Refusal):
    """The renewal closes once each place was answered for. Facts: ``places``, the names of those that were not."""

    code = "places_unanswered"
