"""What does a person read when the program refuses something, and how do they mend it?"""

from collections.abc import Mapping
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from renewals.errors import Fact, Refusal
from renewals.wording.apart import APART
from renewals.wording.days import say_date

#: Code → sentence. ``%(name)s`` takes a fact of the refusal. Each says what is wrong and what to do about it.
ERRORS: dict[str, str | Promise] = {
    **APART,
    "refused": _("No se pudo completar la operación."),
    "heartbeat_unanswered": _("El servicio que vigila al sistema no contestó que sí (respuesta %(status)s)."),
    "company_closed": _("La empresa está dada de baja. Una socia o socio puede reabrirla en su página."),
    "company_moved": _("Otra persona dio de baja o reabrió la empresa mientras tanto. Recarga la página."),
    "company_still_open": _("Primero da de baja la empresa; después se pueden borrar sus llaves."),
    "keys_erased": _("Las llaves de la empresa se borraron y hay constancia. Si volvió, sube otra vez sus archivos."),
    "too_many_erasures": _(
        "Ya se borraron las llaves de %(limit)s empresas en %(hours)s horas, y la bóveda no borra más. "
        "No se perdió nada: pide este borrado otra vez mañana."
    ),
    "not_a_tombstone": _("El acta no es una constancia de destrucción de llaves de este programa."),
    "nothing_to_erase": _("La empresa no tiene llaves ni contraseñas en resguardo: no hay nada que borrar."),
    "approval_of_oneself": _("Es tu propia solicitud: la tiene que aprobar otra persona."),
    "approval_over": _(
        "Esta solicitud ya se decidió, se retiró o venció. Abre la lista de aprobaciones para ver cómo quedó."
    ),
    "bundle_too_large": _(
        "Son demasiados certificados de una misma empresa (el máximo es %(limit)s). Elige menos y pide otra aprobación."
    ),
    "approval_missing": _(
        "Falta la aprobación vigente de una segunda persona para hacer exactamente esto. Pídela de nuevo."
    ),
    "data_key_replaced": _(
        "La llave de datos de la empresa cambió mientras se guardaba. No se perdió nada: se intenta otra vez."
    ),
    "not_in_the_vault": _(
        "Aquí no están las llaves maestras. Córrelo donde corre la bóveda, o pídelo en «Llaves maestras»."
    ),
    "key_work_under_way": _(
        "Ya hay un trabajo de llaves como este que no ha terminado. Ábrelo en «Trabajos de llaves» para ver cómo va."
    ),
    "keys_left_behind": _(
        "%(left)s llaves o secretos no se pudieron pasar y siguen con la llave anterior. "
        "No se perdió nada. Revisa el manual de operación, corrige la causa y pídelo de nuevo."
    ),
    "master_key_changed": _(
        "La bóveda ya usa otra llave maestra que la de este cambio (%(key_id)s). Pide el cambio de nuevo."
    ),
    "master_key_in_use": _(
        "La llave maestra %(key_id)s todavía protege %(left)s llaves. Cambia primero la llave maestra; "
        "cuando termine, pide el retiro otra vez."
    ),
    "master_key_is_active": _(
        "La llave maestra %(key_id)s es la que está en uso: no se puede retirar. Activa antes otra y cambia a ella."
    ),
    "master_key_never_used": _("Aquí nunca se usó una llave maestra %(key_id)s. Revisa el identificador."),
    "master_key_retired_before": _("La llave maestra %(key_id)s ya se retiró; no hay nada que hacer."),
    "nothing_to_rekey": _("Esta empresa todavía no tiene llave de datos, así que no hay nada que cambiar."),
    "backup_recipient_missing": _(
        "Falta BACKUP_RECIPIENTS: un respaldo se cifra para alguien. Crea una identidad con «manage.py "
        "backup_identity» en una computadora que no sea el servidor y pon aquí su mitad pública (age1…)."
    ),
    "not_a_recipient": _("El valor número %(position)s de BACKUP_RECIPIENTS no es una llave pública de age (age1…)."),
    "identity_unreadable": _(
        "No se pudo leer la identidad de age. El archivo debe tener un renglón que empiece con AGE-SECRET-KEY-1."
    ),
    "archive_folder_unusable": _("No se puede escribir ni borrar en la carpeta de respaldos. Revisa que exista."),
    "archive_unreadable": _("No se pudo abrir el archivo del respaldo. Revisa el nombre y los permisos."),
    "archive_not_ours": _("El archivo no es un respaldo de este programa."),
    "archive_for_others": _(
        "Ninguna de las identidades abre este respaldo: se cifró para otras personas, o su principio está dañado."
    ),
    "archive_damaged": _("El respaldo está dañado o incompleto. Usa otra copia; no se restauró nada."),
    "archive_of_another_kind": _("El archivo es un respaldo de otro tipo; aquí va uno de tipo «%(expected)s»."),
    "archive_of_another_version": _(
        "El respaldo es de otra versión del programa (%(archive)s; aquí %(here)s). Instala la versión que lo escribió, "
        "restáuralo ahí y actualiza después."
    ),
    "database_not_empty": _(
        "La base de datos no está vacía (%(table)s). Un respaldo solo se restaura en una base nueva, recién migrada."
    ),
    "file_in_the_way": _(
        "Donde va un archivo del respaldo ya hay otro distinto (%(name)s). Restaura en una carpeta vacía."
    ),
    "nothing_to_drill": _("El respaldo no trae ninguna llave en resguardo: abrir cero llaves no prueba nada."),
    "file_refused": _("No se pudo leer el archivo. Vuelve a descargarlo o a copiarlo e inténtalo de nuevo."),
    "empty_file": _("El archivo está vacío. Vuelve a descargarlo o a copiarlo."),
    "file_too_large": _(
        "El archivo es demasiado grande (%(size)s bytes; el máximo es %(limit)s). "
        "Revisa que sea el certificado o la llave y no otro archivo."
    ),
    "unrecognised_file": _(
        "El archivo no es un certificado, una llave ni un PFX. Revisa que elegiste el archivo correcto."
    ),
    "unexpected_content": _("Se esperaba %(expected)s y el archivo contiene %(found)s. Elige el otro archivo."),
    "damaged_file": _("El archivo está dañado o incompleto. Vuelve a descargarlo o a copiarlo del original."),
    "excessive_work": _(
        "El archivo pide un trabajo excesivo para abrirse y se rechazó por seguridad. Pide el archivo original."
    ),
    "unsupported_encryption": _(
        "La llave usa un cifrado que no se puede abrir (%(encryption)s). Pide la llave original del SAT o del IMSS."
    ),
    "unsupported_key": _("El tipo o tamaño de la llave no se admite (%(algorithm)s, %(bits)s bits)."),
    "pfx_without_key": _("El PFX no trae la llave privada. Expórtalo otra vez e incluye la llave."),
    "pfx_without_certificate": _("El PFX trae la llave y no el certificado. Expórtalo otra vez con los dos."),
    "passphrase_missing": _("La llave está cifrada: escribe su contraseña."),
    "wrong_passphrase": _(
        "La contraseña no abre la llave. Revisa mayúsculas y la letra ñ, y que no sea la contraseña del portal "
        "(CIEC o IDSE): es la de la llave privada."
    ),
    "path_missing": _("No existe ese archivo o carpeta. Revisa la ruta."),
    "path_unreadable": _("No hay permiso para leer el archivo o la carpeta. Cámbialo o ejecuta con otro usuario."),
    "not_a_file": _("No es un archivo común, así que no se leyó."),
    "too_many_files": _("Hay demasiados archivos o carpetas: lo que sigue no se revisó. Divide la carpeta en varias."),
    "file_changed": _("El archivo cambió mientras se recibía. Inténtalo de nuevo."),
    "too_many_passphrases": _("Se dieron %(given)s contraseñas y el máximo es %(limit)s. Divide la lista."),
    "passphrase_tries_spent": _(
        "Ninguna de las primeras %(tried)s contraseñas de %(given)s abre la llave, y probar las demás tardaría "
        "demasiado. Da solo las que pueden ser."
    ),
    "certificate_missing": _("Falta el certificado de esta llave: elige también el archivo .cer que le corresponde."),
    "pfx_brings_its_key": _("Un PFX ya trae su llave: sube solo el PFX con su contraseña, sin otro archivo."),
    "nothing_given": _("Elige el archivo del certificado (.cer) o el PFX."),
    "authority_certificate": _(
        "Es el certificado de una autoridad (%(name)s), no de una empresa. Elige el certificado de tu cliente."
    ),
    "certificate_of_another_company": _(
        "El certificado es de %(certificate_rfc)s y la empresa es %(company_rfc)s. Elige el certificado correcto "
        "o súbelo en la otra empresa."
    ),
    "registro_of_another_company": _(
        "El certificado es del registro patronal %(registro_patronal)s, que es de otra empresa, no de %(company_rfc)s. "
        "Elige el certificado correcto o súbelo en la otra empresa."
    ),
    "no_company": _(
        "El certificado es de %(name)s (RFC %(rfc)s, registro patronal %(registro_patronal)s), que no está entre tus "
        "empresas. Dala de alta o pide a una socia o socio que te la asigne."
    ),
    "no_company_of_rfc": _(
        "No tienes una empresa con el RFC %(rfc)s. Revísalo, da de alta la empresa o pide que te la asignen."
    ),
    "company_untold": _("El certificado no dice de quién es: escribe el RFC de la empresa a la que pertenece."),
    "certificate_already_here": _("Este certificado ya estaba guardado (serie %(serial)s); no se guardó otra vez."),
    "not_saved": _("La base de datos no aceptó guardarlo (%(fault)s). Inténtalo de nuevo; si sigue, avisa a soporte."),
    "renewal_under_way": _(
        "El certificado que este sustituye tiene una renovación en curso: súbelo en su paso, o cancela la renovación."
    ),
    "key_of_another_certificate": _(
        "La llave no corresponde a este certificado. Busca el archivo .key que se creó junto con él."
    ),
    "unknown_authority": _(
        "El certificado no fue emitido por una autoridad conocida (%(issuer)s). Revisa de dónde viene el archivo."
    ),
    "intake_key_absent": _("El sistema todavía no puede recibir llaves. Avisa a quien lo administra."),
    "prover_unavailable": _("La revisión de llaves no está disponible en este momento. Se intentará de nuevo sola."),
    "unprovable_file": _(
        "El archivo agotó el tiempo o la memoria de la revisión y se rechazó. Pide el archivo original."
    ),
    "key_not_kept": _("No hay una llave privada en resguardo. Sube el archivo .key con su contraseña."),
    "key_not_proved": _(
        "La llave se recibió pero todavía no termina su revisión. Espera unos segundos e inténtalo de nuevo."
    ),
    "key_already_kept": _("Este certificado ya tiene su llave en resguardo; no hace falta subirla otra vez."),
    "key_seen_before": _(
        "Esta llave ya se conocía y aquí se necesita una nueva. "
        "Revisa que subiste el archivo .key que acaba de crear el portal."
    ),
    "key_not_encrypted": _(
        "La llave no está protegida con contraseña. Genera la llave en el portal con la contraseña que se te mostró."
    ),
    "key_too_short": _("La llave mide %(bits)s bits y el mínimo es %(minimum)s. Genera otra en el portal."),
    "reason_missing": _("Escribe para qué necesitas los archivos."),
    "nothing_to_hand_out": _("Aquí no hay archivos que entregar. Revisa el paso de la renovación o el certificado."),
    "too_many_checkouts": _(
        "Pediste archivos demasiadas veces: el máximo son %(limit)s entregas en %(minutes)s minutos. "
        "Espera o pídelo a una socia o socio."
    ),
    "firm_took_too_many": _(
        "Entre todas las personas del despacho se sacaron %(limit)s entregas de archivos en %(minutes)s minutos y ese "
        "es el máximo. Revisa en el historial si son de ustedes; si lo son, espera."
    ),
    "not_a_pdf": _("No es un PDF y la bóveda solo firma PDF. Guarda la carta como PDF y súbela."),
    "pdf_too_large": _(
        "El PDF pesa más de %(limit)s MB. Guárdalo con menos resolución o solo con las páginas de la carta."
    ),
    "pdf_encrypted": _("El PDF está protegido con contraseña. Guárdalo sin contraseña y súbelo otra vez."),
    "pdf_already_signed": _(
        "El PDF ya trae una firma digital y otra encima la dañaría. Si es la carta firmada, súbela abajo como "
        "comprobante; si no, descarga la carta del portal otra vez."
    ),
    "pdf_damaged": _("El PDF está dañado y no se puede firmar. Descárgalo del portal otra vez."),
    "pdf_too_heavy": _("Leer este PDF pide demasiado trabajo y se rechazó por seguridad. Descárgalo otra vez."),
    "step_signs_nothing": _("En este paso no hay nada que firmar, o todavía no está el certificado con que se firma."),
    "signing_under_way": _("Ya hay un documento de este paso en camino de firmarse. Revisa cómo va en la página."),
    "document_changed": _(
        "El archivo guardado ya no es el que se aprobó, así que no se firmó. Avisa a quien administra el sistema."
    ),
    "too_many_keys_opened": _(
        "Ya se abrieron %(limit)s llaves para ti en %(hours)s horas y ese es el máximo. Espera o pídelo a otra persona."
    ),
    "firm_opened_too_many": _(
        "Entre todas las personas del despacho se abrieron %(limit)s llaves en %(hours)s horas y ese es el máximo. "
        "Revisa en las alertas y en el historial si son de ustedes; si lo son, espera."
    ),
    "firm_signed_too_many": _(
        "Entre todas las personas del despacho se firmaron %(limit)s documentos en %(minutes)s minutos y ese es el "
        "máximo. Revisa en las alertas si los pidieron ustedes; si es así, espera y pide la firma otra vez."
    ),
    "checkout_not_ready": _("Los archivos todavía se están preparando. Espera unos segundos."),
    "checkout_failed": _("No se pudieron preparar los archivos. Revisa el motivo y pide otra entrega."),
    "checkout_of_another_browser": _(
        "Estos archivos solo se abren en el navegador que los pidió. Si no eres tú, pide tu propia entrega."
    ),
    "checkout_taken": _(
        "Los archivos ya se descargaron; cada entrega sirve una sola vez. Si los necesitas de nuevo, pide otra."
    ),
    "passphrase_shown": _(
        "La contraseña ya se mostró; cada entrega la muestra una sola vez. Si la necesitas de nuevo, pide otra."
    ),
    "checkout_lapsed": _("La entrega venció sin usarse. Pide otra."),
    "not_visible": _("No existe o no está entre tus empresas."),
    "not_permitted": _("Tu función en el despacho no permite hacer esto. Pídelo a una socia o socio."),
    "confirmation_needed": _("Escribe tu contraseña otra vez para confirmar que eres tú."),
    "unacceptable_answer": _(
        "Revisa el usuario (solo letras, números y @ . + - _, y que nadie lo tenga ya) y el correo."
    ),
    "username_taken": _("Ya hay o hubo alguien con el usuario «%(username)s». Elige otro."),
    "last_partner": _("El despacho se quedaría sin socia o socio. Da antes esa función a otra persona."),
    "not_oneself": _("No puedes hacerte esto a ti: pídelo a otra socia o socio."),
    "too_many_attempts": _("Demasiados intentos fallidos. Espera %(minutes)s minutos e inténtalo de nuevo."),
    "not_an_rfc": _("«%(rfc)s» no tiene la forma de un RFC: 12 caracteres si es empresa, 13 si es persona física."),
    "not_a_registro_patronal": _(
        "«%(number)s» no tiene la forma de un registro patronal: son 10 u 11 caracteres, como Y54-00001-10-2."
    ),
    "company_name_missing": _("Escribe el nombre o la razón social de la empresa."),
    "company_changed": _(
        "No se guardó: los datos de la empresa cambiaron mientras los tenías abiertos (%(who)s). "
        "Donde hay diferencia se dice qué hay ahora; corrige lo que haga falta y guarda otra vez."
    ),
    "company_exists": _(
        "Ya hay una empresa con el RFC %(rfc)s. Si no está entre las tuyas, pide a una socia o socio que te la asigne."
    ),
    "rfc_is_in_use": _(
        "El RFC no se puede cambiar: la empresa ya tiene certificados del RFC %(rfc)s. Da de alta otra empresa."
    ),
    "registro_patronal_taken": _(
        "El registro patronal %(number)s ya es de otra empresa. Revisa el número; si está bien, quítalo primero allá."
    ),
    "registro_patronal_is_in_use": _(
        "El registro patronal %(number)s aparece en un certificado o en una renovación, así que no se puede quitar."
    ),
    "cannot_be_responsible": _(
        "%(person)s no puede ser responsable: ya no trabaja aquí o su función es solo consultar."
    ),
    "wrong_sign_in": _("El usuario o la contraseña no son correctos. Revisa mayúsculas y vuelve a intentarlo."),
    "unacceptable_password": _(
        "La contraseña nueva es fácil de adivinar. Usa al menos 10 caracteres, no solo números, "
        "y que no sea una contraseña común ni se parezca al nombre."
    ),
    "certificate_not_current": _("Este certificado ya fue sustituido o dado de baja; no hay nada que renovar."),
    "already_open": _("Este certificado ya tiene una renovación en curso."),
    "renewal_closed": _("Esta renovación ya se cerró. Si hace falta, abre otra desde el certificado."),
    "step_already_moved": _("%(who)s ya movió este paso mientras lo tenías abierto. Revisa cómo quedó."),
    "preflight_running": _("Todavía se está revisando el par anterior. Espera unos segundos."),
    "preflight_failed": _("Antes de empezar hay que resolver lo que marcó la revisión previa, arriba en esta página."),
    "answer_missing": _("Falta contestar algo en este paso. Revisa lo marcado."),
    "evidence_too_large": _("El archivo pesa más de %(limit)s MB. Guárdalo con menos resolución y súbelo otra vez."),
    "key_is_no_evidence": _(
        "Este archivo trae una llave privada y aquí va una carta o una captura, así que no se guardó. "
        "Sube la llave con su contraseña en el paso que pide el archivo .key o en «Subir certificado»."
    ),
    "file_missing": _("Falta el archivo de este paso."),
    "file_or_reason_missing": _(
        "Sube el archivo o, si el portal no te dejó guardarlo, explica qué pasó (al menos %(shortest)s letras)."
    ),
    "closing_reason_missing": _("Escribe por qué se cancela (al menos %(shortest)s letras)."),
    "files_not_handed_out": _(
        "Saca primero el certificado vencido con el botón de este paso. "
        "Si entraste con una copia que ya tenías, marca esa casilla."
    ),
    "passphrase_not_ready": _("La contraseña nueva todavía se está creando. Espera unos segundos."),
    "passphrase_not_shown": _("Abre primero la contraseña nueva con el botón de este paso y cópiala en el portal."),
    "pending_key_not_handed_out": _(
        "Saca la llave nueva con el botón de este paso, o sube aquí la llave que le diste al portal para compararla."
    ),
    "not_the_pending_key": _(
        "Esta llave no es la del paso 4. Usa el archivo .key que se creó en esta renovación, no el anterior."
    ),
    "same_letter_again": _(
        "Es la misma carta que ya se entregó en un paso anterior. Aquí va la que el portal ofrece en este paso: "
        "descárgala de ahí."
    ),
    "second_person_needed": _("La segunda confirmación la hace otra persona del despacho. Pídesela a alguien más."),
    "key_not_in_custody": _("La llave del certificado nuevo aún no está en resguardo. Espera unos segundos."),
    "certificate_of_another_kind": _(
        "El archivo es un certificado de otro tipo (%(found)s) y aquí se renueva uno de tipo %(expected)s."
    ),
    "certificate_of_another_holder": _(
        "Alto: este certificado es de %(found_name)s (%(found_rfc)s) y estás renovando el de "
        "%(expected_name)s (%(expected_rfc)s). No se guardó nada; busca el archivo de la empresa correcta."
    ),
    "certificate_without_holder": _(
        "El certificado no dice de quién es (ni RFC ni registro patronal). Revisa que sea el que emitió el portal."
    ),
    "certificate_of_another_registro": _(
        "Alto: este certificado es del registro patronal %(found)s y en %(name)s se renueva %(expected)s. "
        "No se guardó nada; si el registro es de la empresa, agrégalo en sus datos."
    ),
    "certificate_of_another_pending_key": _(
        "El certificado %(serial)s no corresponde a la llave nueva del paso 4. "
        "Sube el que el portal acaba de emitir con esa llave."
    ),
    "certificate_not_new": _("El certificado %(serial)s ya está en el sistema. Sube el que el portal acaba de emitir."),
    "certificate_not_newer": _(
        "El certificado %(serial)s no es más reciente que el anterior. Sube el que el portal acaba de emitir."
    ),
    "certificate_expired": _("Este certificado ya venció (%(not_after)s). Sube el que el portal acaba de emitir."),
    "certificate_not_yet_valid": _(
        "Las fechas del certificado no cuadran (empieza el %(not_before)s). No se guardó nada. Si es el archivo que "
        "acaba de dar el portal, uno de los relojes está mal: avisa a quien administra el sistema."
    ),
    "implausible_issuer": _(
        "No parece emitido por el IMSS: lo firma «%(issuer)s». Sube el certificado que entregó IDSE."
    ),
    "already_replaced": _(
        "El certificado anterior ya fue sustituido por otro camino. Revisa la empresa y cancela esta renovación."
    ),
    "not_a_demo": _(
        "Esto solo se hace en un despacho de demostración y con empresas de práctica. Aquí hay datos verdaderos."
    ),
    "already_moved": _("Alguien más ya avanzó este paso. Revisa cómo quedó antes de continuar."),
}


#: Kind of certificate → words, for refusals that name one as ``kind``.
KINDS: dict[Fact, str | Promise] = {
    "npie": _("IMSS"),
    "efirma": _("e.firma"),
    "csd": _("CSD"),
    "unknown": _("por identificar"),
}
#: What a file holds, as ``UnexpectedContent`` tells it.
CONTENTS: dict[Fact, str | Promise] = {
    "certificate": _("un certificado"),
    "private_key": _("una llave privada"),
    "pfx": _("un PFX"),
    "request": _("una solicitud de certificado"),
    "cms": _("un archivo firmado (PKCS#7)"),
    "unknown": _("otra cosa"),
}


def say(code: str, facts: Mapping[str, Fact] | None = None) -> str:
    """The Spanish sentence for an error code, with its facts filled in; a dash stands for an empty one."""
    words: dict[str, object] = {name: "—" if fact == "" else fact for name, fact in (facts or {}).items()}
    if code == "unexpected_content":
        words = {name: CONTENTS.get(str(fact), fact) for name, fact in words.items()}
    for day in words.keys() & {"until", "first_on", "last_on", "next_on", "not_before", "not_after"}:
        words[day] = say_date(date.fromisoformat(str(words[day])))
    if "kind" in words:
        words["kind"] = KINDS.get(str(words["kind"]), words["kind"])
    return str(ERRORS.get(code, ERRORS["refused"])) % words


def say_refusal(refusal: Refusal) -> str:
    """The Spanish sentence for a refusal."""
    return say(refusal.code, refusal.facts)
