"""What exactly is handed out for a certificate, or for a step of a renewal?"""

from dataclasses import dataclass

from renewals.errors import NothingToHandOut
from renewals.models import Certificate, Renewal
from renewals.models.checkout import What
from renewals.procedure import runs
from renewals.procedure.steps import Handout, plan_of


@dataclass(frozen=True, slots=True)
class Subject:
    """``certificate`` is None for what belongs to a key without one."""

    company_id: int
    what: What
    certificate: Certificate | None


def of_certificate(certificate: Certificate) -> Subject:
    """Its own files, expired or not."""
    return Subject(certificate.company_id, What.CERTIFICATE_PAIR, certificate)


def kind_of(certificate: Certificate | None, renewal: Renewal | None) -> str:
    """Which kind of key this is, as mandates name it; a key without a certificate is of the kind that is renewed.

    Raises:
        NothingToHandOut: neither is given.
    """
    if certificate is not None:
        return certificate.kind
    if renewal is None:
        raise NothingToHandOut
    return renewal.certificate.kind


def of_step(renewal: Renewal, step_key: str) -> Subject:
    """What the step's plan hands out, or the way out of trouble that is being walked at it.

    Raises:
        NothingToHandOut: the plan has no such step, the step hands out nothing, or what it hands out is not there yet.
    """
    try:
        handout = plan_of(renewal.plan, renewal.edition).step(step_key).hands_out or runs.handout_of(renewal, step_key)
    except KeyError:
        raise NothingToHandOut from None
    if handout is Handout.OLD_PAIR:
        return of_certificate(renewal.certificate)
    if handout is Handout.NEW_PAIR and renewal.new_certificate is not None:
        return of_certificate(renewal.new_certificate)
    if handout is Handout.NEW_PASSPHRASE and renewal.pending_key_id is not None:
        return Subject(renewal.company_id, What.NEW_PASSPHRASE, None)
    if handout is Handout.PENDING_KEY and renewal.pending_key_id is not None:
        return Subject(renewal.company_id, What.PENDING_KEY, None)
    raise NothingToHandOut
