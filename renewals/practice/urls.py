"""Which screen of the practice portal answers which address? Mounted by the project only where it is switched on."""

from django.urls import path

from renewals.practice import training, views

app_name = "practice"
urlpatterns = [
    path("", views.front, name="front"),
    path("entrar/", views.enter, name="enter"),
    path("salir/", views.leave, name="leave"),
    path("tramite/", views.screen, name="screen"),
    path("tramite/datos/", views.data, name="data"),
    path("tramite/llave/", views.new_key, name="new_key"),
    path("tramite/carta.pdf", views.letter, name="letter"),
    path("tramite/firmar/", views.sign, name="sign"),
    path("tramite/carta-firmada/", views.signed, name="signed"),
    path("tramite/instalar/", views.install, name="install"),
    path("tramite/certificado.cer", views.certificate, name="certificate"),
    path("certificacion/instalaRenovacion.idse", views.recover, name="recover"),
    path("certificacion/consultaSerie.idse", views.serial, name="serial"),
    path("tramite/constancia.pdf", views.receipt, name="receipt"),
    path("ejercicios/", training.training, name="training"),
    path("ejercicios/<int:company_id>/fallas/", training.choose, name="choose"),
    path("ejercicios/<int:company_id>/empezar/", training.begin_again, name="begin_again"),
]
