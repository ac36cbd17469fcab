"""Which address counts as the client's, when anybody may write anything into a header?"""

import pytest
from django.test import RequestFactory

from renewals.web.addresses import client_address


def seen(settings, *, proxies, forwarded=None, connection="10.0.0.2"):
    settings.TRUSTED_PROXIES = proxies
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded is not None else {}
    return client_address(RequestFactory().get("/", REMOTE_ADDR=connection, **headers))


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, None, "10.0.0.2"),
        (0, "198.51.100.1", "10.0.0.2"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "1.2.3.4, 198.51.100.1", "198.51.100.1"),
        (2, "1.2.3.4, 198.51.100.1, 10.0.0.9", "198.51.100.1"),
        (2, "198.51.100.1", "10.0.0.2"),
        (1, None, "10.0.0.2"),
        (1, " , ,", "10.0.0.2"),
        (1, "::ffff:198.51.100.1", "198.51.100.1"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "no-es-una-direccion", None),
        (1, "198.51.100.1:8080", None),
    ],
)
def test_only_what_our_own_proxies_wrote_counts(settings, proxies, forwarded, address):
    assert seen(settings, proxies=proxies, forwarded=forwarded) == address


def test_a_connection_without_an_address_has_none(settings):
    assert seen(settings, proxies=0, connection="") is None
