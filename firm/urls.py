"""Which door answers which address?"""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("renewals.web.urls")),
    path("admin/", admin.site.urls),
]
