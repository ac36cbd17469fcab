"""Does a certificate for practice stay with the companies for practice?"""

from renewals.errors.practice import PracticeCertificate
from renewals.models import Company
from renewals.pki.certificate import CertificateFacts
from renewals.pki.practice import is_practice


def refuse_practice(facts: CertificateFacts, company: Company | None) -> None:
    """Let a certificate for practice go to a practice company only; None is a company that is yet to be taken on.

    Raises:
        PracticeCertificate: the company is a real one, or would be.
    """
    if is_practice(facts) and (company is None or not company.is_demo):
        raise PracticeCertificate(serial=facts.serial)
