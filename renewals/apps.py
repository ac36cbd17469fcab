"""What does Django need to know of the application when it starts?"""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RenewalsConfig(AppConfig):
    """The one application with tables."""

    name = "renewals"
    verbose_name = _("Certificados y renovaciones")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks."""
        from renewals import checks  # noqa: F401, PLC0415  # registering is what ready() is for
