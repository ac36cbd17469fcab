"""From which address does a request come, counting only the proxies that we put there ourselves?"""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """The address that the outermost of our own proxies saw, or of the connection where there is none.

    Each proxy appends the address it was called from to ``X-Forwarded-For``; whatever stands further left was
    written by the client and may be a lie. ``None`` where the address is unknown (a Unix socket without proxy).
    """
    seen = request.META.get("REMOTE_ADDR", "")
    hops: int = settings.TRUSTED_PROXIES
    if hops:
        forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
        if len(forwarded) >= hops:
            seen = forwarded[-hops]
    return _plain(seen)


def _plain(text: str) -> str | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)
