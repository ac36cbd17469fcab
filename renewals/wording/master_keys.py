"""What does a person read when a master key cannot be used or something sealed does not open, and what mends it?"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Code → sentence, as ``wording.errors`` has them: most are read by whoever keeps the machine.
MASTER_KEYS: dict[str, str | Promise] = {
    "master_key_fault": _(
        "Las llaves maestras no se pueden usar en este momento. Avisa a quien administra el sistema."
    ),
    "master_key_absent": _(
        "Este proceso no puede abrir llaves; lo hará el proceso de la bóveda en cuanto esté activo."
    ),
    "master_key_unknown": _(
        "Falta la llave maestra %(key_id)s: hay datos sellados con ella. Copia su archivo a la carpeta de llaves "
        "maestras desde su respaldo, o recupérala con el kit de recuperación (manage.py recover_master_key)."
    ),
    "master_key_lost": _(
        "La base de datos tiene llaves selladas con una llave maestra que no está en la carpeta. Restáurala desde su "
        "respaldo; no se creó otra porque no abriría nada."
    ),
    "master_key_unsafe": _(
        "La llave maestra %(key_id)s no se puede usar: debe medir 32 bytes, llevar un nombre propio de hasta 16 "
        "letras, números y guiones, y solo su dueño debe poder leerla y cambiarla (chmod 400; la carpeta, chmod 700)."
    ),
    "master_key_wrong": _(
        "El archivo de la llave maestra %(key_id)s es de otra llave con el mismo nombre. Pon en su lugar el archivo "
        "correcto desde su respaldo o con el kit de recuperación; no se abrió ni se cambió nada."
    ),
    "master_key_retired": _(
        "La llave maestra activa, %(key_id)s, ya fue retirada. Escribe en el archivo «active» de la carpeta de llaves "
        "maestras el nombre de la llave que la sustituyó."
    ),
    "master_key_in_the_way": _(
        "Ya hay una llave maestra %(key_id)s en la carpeta y no se sobrescribe. "
        "Si es otra o está dañada, muévela antes a otro lugar."
    ),
    "master_key_stays_in_hsm": _(
        "La llave maestra %(key_id)s vive en un HSM y nunca sale de él, así que no tiene kit de recuperación. "
        "Respáldala con la herramienta del fabricante del HSM."
    ),
    "intake_key_wrong": _(
        "INTAKE_PUBLIC_KEY (%(key_id)s) no corresponde a la llave de recepción de esta bóveda: lo que se reciba no se "
        "podría abrir. Copia en todos los procesos el valor que imprime manage.py vault_init."
    ),
    "kit_out_of_bounds": _(
        "No se puede hacer un kit de %(shares)s partes que se abra con %(needed)s: deben bastar al menos 2, "
        "no más que las partes que hay, y como máximo se hacen %(most)s."
    ),
    "kit_folder_in_the_way": _("La carpeta %(name)s ya existe. Indica una nueva, de preferencia en /dev/shm."),
    "share_wrong": _(
        "Estas palabras no forman una parte del kit (%(words)s palabras): falta una, sobra una o está mal escrita. "
        "Cópialas otra vez de la hoja, en orden."
    ),
    "share_of_another_kit": _(
        "Esta parte no corresponde a las anteriores o ya la escribiste. Revisa que todas las hojas sean del mismo kit."
    ),
    "shares_too_few": _("Se necesitan %(needed)s partes del kit y hay %(given)s. Pide otra a quien la guarda."),
    "hsm_unavailable": _(
        "El HSM de la llave maestra %(key_id)s no responde (token «%(token)s», módulo %(module)s). "
        "Revisa que esté conectado y encendido, y que el módulo exista y nadie más pueda escribirlo. "
        "Lo que lo necesita espera."
    ),
    "hsm_description_wrong": _(
        "Al archivo %(key_id)s.pkcs11 le falta un dato o no se puede leer (%(field)s). Debe decir module, token, key y "
        "pin_file, cada uno entre comillas."
    ),
    "hsm_pin_unsafe": _(
        "No se puede usar el archivo con el PIN del HSM de la llave maestra %(key_id)s: debe existir, tener el PIN y "
        "poder leerlo solo su dueño (chmod 400)."
    ),
    "hsm_pin_wrong": _(
        "El HSM rechazó el PIN de la llave maestra %(key_id)s (token «%(token)s»). Corrige el archivo del PIN; "
        "mientras no cambie, este proceso no lo vuelve a intentar para no bloquear el HSM."
    ),
    "hsm_last_try": _(
        "Al HSM de la llave maestra %(key_id)s (token «%(token)s») le queda un solo intento de PIN o está bloqueado, "
        "así que no se intentó. Entra con el PIN correcto desde la herramienta del fabricante, o desbloquéalo con el "
        "PIN de su oficial de seguridad."
    ),
    "hsm_key_missing": _(
        "En el token «%(token)s» del HSM no hay una llave AES llamada «%(label)s», o hay varias. Revisa el archivo "
        "%(key_id)s.pkcs11; si es una llave nueva, créala con manage.py hsm_key %(key_id)s."
    ),
    "hsm_another_key": _(
        "En el token «%(token)s» del HSM ya hay una llave llamada «%(label)s». No se creó otra; usa ese nombre o elige "
        "uno nuevo en el archivo %(key_id)s.pkcs11."
    ),
    "hsm_key_unsafe": _(
        "La llave «%(label)s» del HSM no sirve como llave maestra %(key_id)s: debe ser AES de 256 bits, "
        "para cifrar y descifrar, y no poder salir del HSM. Crea otra con manage.py hsm_key."
    ),
    "keys_not_archived": _(
        "Desde el último cambio de llave maestra no se ha escrito ningún archivo de llaves: los que hay solo abren con "
        "%(key_id)s. Corre «manage.py backup_keys», o espera al de esta noche, y pide el retiro otra vez."
    ),
    "audit_key_unknown": _(
        "La firma es de una llave de auditoría que no es de este despacho (%(key_id)s). Compárala con la lista de "
        "llaves publicadas (manage.py audit_keys)."
    ),
    "signature_wrong": _(
        "La firma no corresponde al documento: alguien lo cambió o lo firmó otra llave. Pide el original."
    ),
    "seal_broken": _(
        "Un archivo guardado no se pudo abrir: está dañado o fue alterado. Avisa a quien administra el sistema."
    ),
    "seal_truncated": _(
        "Un archivo guardado está incompleto y no se puede abrir. Quien administra el sistema debe restaurarlo desde "
        "un respaldo."
    ),
    "seal_version_unknown": _(
        "Un archivo guardado tiene un formato que este programa no conoce (%(version)s): está dañado o lo escribió una "
        "versión más nueva. Actualiza el programa o restaura el respaldo."
    ),
    "seal_key_unknown": _(
        "Un archivo guardado se selló con una llave que ya no existe (%(key_id)s): se borró, o falta restaurar el "
        "respaldo de las llaves."
    ),
}
