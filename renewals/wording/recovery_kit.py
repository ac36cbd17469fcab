"""What does the page say that a partner keeps in a safe?"""

from django.utils.translation import gettext_lazy as _

TITLE = _("Kit de recuperación de la llave maestra")
PART = _("Parte %(number)s de %(shares)s; para recuperar la llave se necesitan %(needed)s")
KEY = _("Llave %(key_id)s · Número de control %(control_number)s · Hecha el %(made_on)s")
WHAT_IT_IS = _(
    "Esta hoja es una de las %(shares)s partes de la llave maestra con la que el despacho resguarda las llaves de sus "
    "clientes. Con %(needed)s partes cualesquiera se recupera la llave; con menos no se sabe nada de ella."
)
HOW_TO_KEEP_IT = _(
    "Guárdala en un lugar cerrado, lejos del servidor y de los respaldos. No la fotografíes, no la copies ni la mandes "
    "por correo o mensajería. Cada parte la guarda una persona distinta."
)
HOW_TO_USE_IT = _(
    "Para recuperar la llave: en la máquina nueva, con el programa instalado, quien la administra ejecuta "
    "«manage.py recover_master_key %(key_id)s» y cada persona escribe sus palabras, en orden. El número de control que "
    "aparezca al final debe ser el de esta hoja."
)
IF_IT_IS_LOST = _(
    "Si esta hoja se pierde o alguien más la vio, cambien la llave maestra y hagan un kit nuevo; después destruyan las "
    "demás hojas de este."
)
KEPT_BY = _("La guarda: ______________________________     Firma: ________________________")
