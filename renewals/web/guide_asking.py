"""What was asked of the client for this renewal, and what of it has come?"""

from renewals.web.client_requests import requests_of_renewal
from renewals.web.guide_shown import Shown


def asking_of(shown: Shown) -> dict[str, object]:
    """The latest questions with what came; one question to the database."""
    return {"requests": requests_of_renewal(shown.renewal)}
