"""What does each step of the general plan make of what a person hands in?"""

from collections.abc import Callable, Mapping

from renewals.errors import FileMissing, PassphraseMissing, UnexpectedContent
from renewals.intake.passphrases import open_file
from renewals.models import Certificate, PairState
from renewals.pki.certificate import CertificateFacts, read_certificate
from renewals.pki.content import Content, recognise
from renewals.pki.signatures import prove_pair
from renewals.procedure import gates, new_certificate
from renewals.procedure.handed import HandedIn, Outcome, Situation
from renewals.vault.storing import SealedPair, seal_pair


def _obtain(_situation: Situation, _handed: HandedIn) -> Outcome:
    return Outcome(gates.obtain())


def _take_in(situation: Situation, handed: HandedIn) -> Outcome:
    """The pair is proved here, for an answer in the same breath, and sealed; the vault proves it once more."""
    facts, pair = _proved(handed, company_id=situation.renewal.company_id)
    return new_certificate.with_own_pair(situation, facts, pair)


def _proved(handed: HandedIn, *, company_id: int) -> tuple[CertificateFacts, SealedPair]:
    first = handed.files["certificate_file"].data
    content = recognise(first)
    if content is Content.PFX:
        opened = open_file(first, content, _passphrases(handed))
        facts = read_certificate(opened.certificate or b"")
        data, container = first, Content.PFX
    elif content is Content.CERTIFICATE:
        facts = read_certificate(first)
        if "key_file" not in handed.files:
            raise FileMissing
        data, container = handed.files["key_file"].data, Content.PRIVATE_KEY
        opened = open_file(data, container, _passphrases(handed))
    else:
        raise UnexpectedContent(expected=Content.CERTIFICATE.value, found=content.value)
    prove_pair(opened.key, facts)
    return facts, seal_pair(company_id=company_id, container=container.value, data=data, passphrase=opened.passphrase)


def _passphrases(handed: HandedIn) -> tuple[str, ...]:
    if not handed.passphrase:
        raise PassphraseMissing
    return (handed.passphrase,)


def _confirm(situation: Situation, _handed: HandedIn) -> Outcome:
    new = Certificate.objects.filter(born_in=situation.renewal, pair_state=PairState.IN_CUSTODY)
    return Outcome(gates.confirm(is_in_custody=new.exists()))


GENERAL_HANDLERS: Mapping[str, Callable[[Situation, HandedIn], Outcome]] = {
    "obtain": _obtain,
    "take_in": _take_in,
    "confirm": _confirm,
}
