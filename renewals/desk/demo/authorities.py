"""Who signs the demo firm's certificates? Two small authorities of this one machine, kept beside its database."""

import os
from datetime import datetime
from pathlib import Path

from django.conf import settings

from renewals.pki.authority import Authority, Style
from renewals.pki.certificate import CertificateKind


def authority_for(kind: CertificateKind, *, now: datetime) -> Authority:
    """The authority that issues this kind; made at first use and read from its owner-only file afterwards."""
    style: Style = "imss" if kind is CertificateKind.NPIE else "sat"
    folder = Path(settings.FIRM_HOME) / "demo"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{style}-authority.pem"
    try:
        with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as handle:
            handle.write(Authority.create(style=style, now=now).to_bytes())
    except FileExistsError:
        pass
    return Authority.load(path.read_bytes())
