"""What does Django need to know of the application when it starts?"""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class RenewalsConfig(AppConfig):
    """The one application with tables."""

    name = "renewals"
    default = True
    verbose_name = _("Certificados y renovaciones")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks."""
        from renewals import checks  # noqa: F401, PLC0415  # registering is what ready() is for


class DeskAdminConfig(admin_apps.AdminConfig):
    """Django's admin, with the firm's desk as its site."""

    default = False
    default_site = "renewals.admin.site.DeskSite"

    def ready(self) -> None:
        """Make the site, then register its lists."""
        super().ready()
        from renewals.admin import registered  # noqa: F401, PLC0415  # registering is what ready() is for
