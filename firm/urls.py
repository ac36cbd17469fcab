"""Which door answers which address?"""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("renewals.web.urls")),
    path("admin/", admin.site.urls),
]
if settings.PRACTICE and settings.ONE_MACHINE:
    urlpatterns.append(path("practica/", include("renewals.practice.urls")))
