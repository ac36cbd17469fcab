"""Which page answers which address?"""

from django.urls import URLPattern, URLResolver, path

from renewals.web import health, identity, passwords, sign_in

urlpatterns: list[URLPattern | URLResolver] = [
    path("", sign_in.home, name="home"),
    path("entrar/", sign_in.sign_in, name="sign_in"),
    path("salud/", health.health, name="health"),
    path("salir/", sign_in.sign_out, name="sign_out"),
    path("confirmar/", identity.confirm_identity, name="confirm_identity"),
    path("contrasena/", passwords.change_password, name="change_password"),
]
