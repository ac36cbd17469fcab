"""Why is a text of the guide not taken?"""

from renewals.errors.moves import AlreadyMoved
from renewals.errors.refusal import Refusal


class TextTooLong(Refusal):
    """A text is longer than anybody reads beside a portal. Facts: ``limit`` in characters."""

    code = "text_too_long"


class PlaceholderUnknown(Refusal):
    """A text names something in braces that there is not. Facts: ``found``, ``known``."""

    code = "placeholder_unknown"


class LinkElsewhere(Refusal):
    """A text leads to another place than the authorities' own pages. Facts: ``address``, ``known``."""

    code = "link_elsewhere"


class BoldUnclosed(Refusal):
    """Bold letters begin and do not end. Facts: ``line``."""

    code = "bold_unclosed"


class TextPlaceUnknown(Refusal):
    """The plan has no such step or part."""

    code = "text_place_unknown"


class TextChanged(AlreadyMoved):
    """Somebody saved another version first."""

    code = "text_changed"
