"""Which page answers which address?"""

from django.urls import URLPattern, URLResolver, path

from renewals.web import bulk, checkout, health, identity, passwords, people, sign_in

urlpatterns: list[URLPattern | URLResolver] = [
    path("", sign_in.home, name="home"),
    path("entrar/", sign_in.sign_in, name="sign_in"),
    path("salud/", health.health, name="health"),
    path("salir/", sign_in.sign_out, name="sign_out"),
    path("confirmar/", identity.confirm_identity, name="confirm_identity"),
    path("contrasena/", passwords.change_password, name="change_password"),
    path("personas/nueva/", people.person_new, name="person_new"),
    path("personas/<int:person_id>/", people.person, name="person"),
    path("personas/<int:person_id>/funcion/", people.person_role, name="person_role"),
    path("personas/<int:person_id>/contrasena/", people.person_password, name="person_password"),
    path("personas/<int:person_id>/quitar-acceso/", people.person_take_access, name="person_take_access"),
    path("personas/<int:person_id>/devolver-acceso/", people.person_give_access_back, name="person_give_access_back"),
    path("lotes/renovaciones/", bulk.bulk_queue, name="bulk_queue"),
    path("lotes/<uuid:job_id>/", bulk.bulk_job, name="bulk_job"),
    path("lotes/<uuid:job_id>/avance/", bulk.bulk_job_progress, name="bulk_job_progress"),
    path("entregas/nueva/", checkout.ask_checkout, name="checkout_ask"),
    path("entregas/<uuid:checkout_id>/", checkout.show_checkout, name="checkout"),
    path("entregas/<uuid:checkout_id>/estado/", checkout.checkout_state, name="checkout_state"),
    path("entregas/<uuid:checkout_id>/archivos/", checkout.checkout_download, name="checkout_download"),
    path("entregas/<uuid:checkout_id>/contrasena/", checkout.checkout_passphrase, name="checkout_passphrase"),
]
