"""What does each step of the general plan make of what a person hands in?"""

from collections.abc import Callable, Mapping

from renewals.intake.pairs import proved_and_sealed
from renewals.models import Certificate, PairState
from renewals.procedure import gates, new_certificate
from renewals.procedure.handed import HandedIn, Outcome, Situation


def _obtain(_situation: Situation, _handed: HandedIn) -> Outcome:
    return Outcome(gates.obtain())


def _take_in(situation: Situation, handed: HandedIn) -> Outcome:
    """The pair is proved here, for an answer in the same breath, and sealed; the vault proves it once more."""
    key = handed.files.get("key_file")
    facts, pair = proved_and_sealed(
        company=situation.renewal.company,
        certificate=handed.files["certificate_file"].data,
        key=None if key is None else key.data,
        passphrase=handed.passphrase,
    )
    return new_certificate.with_own_pair(situation, facts, pair)


def _confirm(situation: Situation, _handed: HandedIn) -> Outcome:
    new = Certificate.objects.filter(born_in=situation.renewal, pair_state=PairState.IN_CUSTODY)
    return Outcome(gates.confirm(is_in_custody=new.exists()))


GENERAL_HANDLERS: Mapping[str, Callable[[Situation, HandedIn], Outcome]] = {
    "obtain": _obtain,
    "take_in": _take_in,
    "confirm": _confirm,
}
