"""Which lists does the desk have? Importing a list's module registers it; this module imports them all.

The package itself cannot do that: Django imports ``renewals.admin.site`` while it makes the site, and a list that is
registered at that moment is lost.
"""

from django.contrib import admin
from django.contrib.auth.models import Group

from renewals.admin import (
    absences,
    alerts,
    approvals,
    archives,
    bounces,
    certificates,
    client_requests,
    companies,
    destructions,
    history,
    key_works,
    notices,
    people,
    renewals,
    work,
)

# Roles decide here; Django's groups would only look as if they did.
admin.site.unregister(Group)

__all__ = [
    "absences",
    "alerts",
    "approvals",
    "archives",
    "bounces",
    "certificates",
    "client_requests",
    "companies",
    "destructions",
    "history",
    "key_works",
    "notices",
    "people",
    "renewals",
    "work",
]
