"""What needs the firm's attention today?"""

from typing import Any

from django.http import HttpRequest


def dashboard_context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the admin's first page shows."""
    return context
