"""Is this text an RFC, a CURP, an NSS or a registro patronal, and does its check digit match?"""


def normalise_rfc(text: str) -> str:
    """Upper case, without spaces and hyphens."""
    raise NotImplementedError


def is_rfc(text: str) -> bool:
    """Whether ``text`` has the form of an RFC; the check digit is not looked at."""
    raise NotImplementedError


def rfc_warnings(text: str) -> tuple[str, ...]:
    """Codes of what is odd about an RFC: ``rfc_check_digit``, ``rfc_generic``."""
    raise NotImplementedError


def normalise_curp(text: str) -> str:
    """Upper case, without spaces and hyphens."""
    raise NotImplementedError


def is_curp(text: str) -> bool:
    """Whether ``text`` has the form of a CURP; the check digit is not looked at."""
    raise NotImplementedError


def curp_warnings(text: str) -> tuple[str, ...]:
    """Codes of what is odd about a CURP: ``curp_check_digit``."""
    raise NotImplementedError


def normalise_nss(text: str) -> str:
    """Without spaces and hyphens."""
    raise NotImplementedError


def is_nss(text: str) -> bool:
    """Whether ``text`` has the form of an NSS; the check digit is not looked at."""
    raise NotImplementedError


def nss_warnings(text: str) -> tuple[str, ...]:
    """Codes of what is odd about an NSS: ``nss_check_digit``."""
    raise NotImplementedError


def normalise_registro_patronal(text: str) -> str:
    """Upper case, without spaces and hyphens; 10 or 11 characters when it is one."""
    raise NotImplementedError


def is_registro_patronal(text: str) -> bool:
    """Whether ``text`` has the form of a registro patronal, with or without its check digit."""
    raise NotImplementedError


def registro_patronal_warnings(text: str) -> tuple[str, ...]:
    """Codes of what is odd about a registro patronal: ``registro_patronal_check_digit``."""
    raise NotImplementedError


def same_registro_patronal(one: str, other: str) -> bool:
    """Whether two spellings name the same registro patronal: the first ten characters decide."""
    raise NotImplementedError
