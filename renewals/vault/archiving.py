"""Which of the vault's tables go into the key archive and not into the data, and which pairs does a drill try?"""

import random
from typing import Any, Final

from django.db.models import QuerySet

from renewals.models import Certificate, Destruction, PairState
from renewals.models.stored_key import CompanyKey, StoredSecret

#: The tables of wrapped keys, and of the master keys they are under. A data backup holds none of them: whoever has only
#: that opens nothing, even with the master key; and what was erased is gone with the last key archive.
KEY_TABLES: Final = frozenset({"renewals_auditkey", "renewals_companykey", "renewals_intakekey", "renewals_masterkey"})


def companies_without_key() -> int:
    """How many companies have secrets in custody that no data key opens, although nobody destroyed theirs."""
    held = StoredSecret.objects.filter(sealed__isnull=False).exclude(company__in=_destroyed())
    return held.exclude(company__in=CompanyKey.objects.values("company")).values("company").distinct().count()


def sample_of_pairs(limit: int) -> list[Certificate]:
    """Certificates whose pair is in custody, chosen by chance, of companies whose keys nobody destroyed."""
    held = Certificate.objects.filter(pair_state=PairState.IN_CUSTODY).exclude(company__in=_destroyed())
    keys = list(held.values_list("pk", flat=True))
    chosen = random.SystemRandom().sample(keys, min(limit, len(keys)))
    return list(Certificate.objects.filter(pk__in=chosen).order_by("pk"))


def _destroyed() -> QuerySet[Any, Any]:
    return Destruction.objects.values_list("company", flat=True)
