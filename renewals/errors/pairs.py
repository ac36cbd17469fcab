"""What can be wrong with a certificate, its key and its passphrase?"""

from renewals.errors.files import FileRefused
from renewals.errors.refusal import Refusal


class PfxWithoutKey(FileRefused):
    """The PFX holds no private key, only certificates or nothing."""

    code = "pfx_without_key"


class PfxWithoutCertificate(FileRefused):
    """The PFX holds a private key and no certificate."""

    code = "pfx_without_certificate"


class PassphraseMissing(Refusal):
    """The key is encrypted and no passphrase was given."""

    code = "passphrase_missing"


class WrongPassphrase(Refusal):
    """The passphrase does not open the key."""

    code = "wrong_passphrase"


class KeyOfAnotherCertificate(Refusal):
    """The private key does not belong to the certificate."""

    code = "key_of_another_certificate"


class UnknownAuthority(Refusal):
    """None of the authorities that are trusted here issued the certificate. Facts: ``issuer``."""

    code = "unknown_authority"


class PassphraseTriesSpent(Refusal):
    """None of the passphrases tried opens the file, and the others would take too long. Facts: ``tried``, ``given``."""

    code = "passphrase_tries_spent"


class CertificateMissing(Refusal):
    """A key came without a certificate, and none that is known belongs to it."""

    code = "certificate_missing"


class PfxBringsItsKey(Refusal):
    """A PFX came together with a key file, and holds a key of its own."""

    code = "pfx_brings_its_key"


class NothingGiven(Refusal):
    """No file came."""

    code = "nothing_given"


class AuthorityCertificate(Refusal):
    """The certificate is of an authority, which issues others; no client's. Facts: ``name``."""

    code = "authority_certificate"


class CertificateOfAnotherCompany(Refusal):
    """The certificate names somebody else. Facts: ``certificate_rfc``, ``company_rfc``, ``registro_patronal``."""

    code = "certificate_of_another_company"


class RegistroOfAnotherCompany(Refusal):
    """Facts: ``registro_patronal`` of the certificate, which is another company's; ``company_rfc``."""

    code = "registro_of_another_company"


class NoCompany(Refusal):
    """No company of the person's is the one the certificate names. Facts: ``rfc``, ``registro_patronal``, ``name``."""

    code = "no_company"


class NoCompanyOfRfc(Refusal):
    """None of the person's companies has the RFC they typed. Facts: ``rfc``."""

    code = "no_company_of_rfc"


class CompanyUntold(Refusal):
    """The certificate names nobody, so a person has to say whose it is."""

    code = "company_untold"


class CertificateAlreadyHere(Refusal):
    """The very same certificate is kept. Facts: ``serial``, and ``certificate``, its id where the person may see it."""

    code = "certificate_already_here"


class RenewalUnderWay(Refusal):
    """The certificate that this one would replace is being renewed. Facts: ``renewal``, its id."""

    code = "renewal_under_way"
