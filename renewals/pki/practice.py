"""Did an authority for practice issue this certificate, which means nothing outside this program?"""

from renewals.pki.certificate import CertificateFacts

#: What an authority for practice writes behind its organization's name, so that nobody takes its certificates for real.
MARK = "(PRACTICA)"


def is_practice(facts: CertificateFacts) -> bool:
    """Whether the issuer's name says that it is for practice; the signature is not looked at."""
    return MARK in facts.issuer.upper()
