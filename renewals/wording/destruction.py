"""How does the certificate of destruction speak to the client it is handed to?"""

from django.utils.translation import gettext_lazy as _

TITLE = _("Constancia de destrucción de llaves")
#: Takes ``company`` and ``rfc``.
OPENING = _(
    "Se hace constar que las llaves de datos bajo las que estaban cifradas las llaves privadas y contraseñas de "
    "%(company)s, con RFC %(rfc)s, fueron destruidas en la bóveda del despacho. Sin ellas, ninguna persona ni programa "
    "puede abrir lo que protegían."
)
WHEN = _("Destruidas el")
ASKED_BY = _("Lo pidió")
APPROVED_BY = _("Lo aprobó otra persona")
SECRETS = _("Archivos de llave y contraseñas destruidos")
KEYS = _("Llaves de datos destruidas")
LAPSES = _("Última copia")
#: Takes ``day``.
COPIES = _(
    "Las llaves de datos destruidas, y los archivos que se recibieron y aún no estaban cifrados bajo ellas, pudieron "
    "quedar en los archivos de respaldo de llaves, donde solo se abren con la llave maestra. La última de esas copias "
    "deja de existir a más tardar el %(day)s."
)
RESTORED = _(
    "Si el despacho restaura un respaldo anterior, el programa repite esta destrucción con el acta firmada antes de "
    "volver a trabajar."
)
KEPT = _("Se conservan los certificados (que son públicos), los documentos y el historial de la empresa.")
CHECK_TITLE = _("Cómo comprobarla")
#: Takes ``key``.
CHECK = _(
    "Esta constancia se acompaña de su firma en un archivo aparte (.sig), hecha con la llave de auditoría %(key)s del "
    "despacho, cuya parte pública entrega el despacho en un archivo .pem. Con OpenSSL 3:"
)
STATEMENT = _("Huella SHA-256 del acta firmada")
NUMBER = _("Constancia")
