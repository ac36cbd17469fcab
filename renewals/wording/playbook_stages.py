"""What does each screen of a way out of trouble ask and say, and how does it call its answers?

What several playbooks share is worded once, by the bare key of the stage; a playbook that says it otherwise has its
own line, ``playbook.stage``. A test holds that no stage, answer or question of the table is without words.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Screen:
    """The question of a stage, and what to do before answering it, in order."""

    question: Words
    do: tuple[Words, ...] = ()


#: ``playbook.stage``, or the bare stage that several share → its words.
SCREENS: dict[str, Screen] = {
    "mail_missing.look": Screen(
        _("¿Ya siguió la pantalla?"),
        (
            _("Ese correo ya no se envía: no lo esperes. Por si acaso, mira en correo no deseado."),
            _("Recarga la página del portal una vez y espera dos minutos sin cerrarla."),
        ),
    ),
    "serial": Screen(
        _("¿Aparece la serie del certificado nuevo?"),
        (
            _("En IDSE consulta, con el NPIE de la empresa, qué certificados tiene emitidos."),
            _("Copia la serie del más reciente, no la del anterior."),
        ),
    ),
    "recovery": Screen(
        _("¿Guardaste el certificado?"),
        (
            _("Abre esta dirección en la ventana donde tienes el portal."),
            _("Termina ahí con la llave nueva y la contraseña nueva de esta renovación, y guarda el certificado."),
        ),
    ),
    "certificate_not_downloaded.not_issued": Screen(
        _("¿Qué haces?"),
        (_("Sin serie emitida no hay certificado que bajar: se repite la instalación con la misma llave nueva."),),
    ),
    "broken_page.reload": Screen(
        _("¿Ya se ve bien?"),
        (
            _("Recarga la página. Si sigue igual, ciérrala y vuelve a entrar con otro navegador."),
            _("Si pide Java, no lo instales: casi siempre basta con otro navegador."),
        ),
    ),
    "broken_page.compatibility": Screen(
        _("¿Ya se ve bien?"),
        (
            _("Último recurso, solo para imss.gob.mx: en Edge abre Configuración, «Navegador predeterminado»."),
            _("Permite que los sitios se vuelvan a cargar en modo Internet Explorer y agrega imss.gob.mx a la lista."),
            _("Vuelve a entrar al portal. Al terminar la renovación quita el sitio de la lista."),
        ),
    ),
    "broken_page.report": Screen(
        _("¿Le pasa solo a esta empresa?"),
        (_("Escribe qué se ve. Si puedes, agrega una captura de pantalla."),),
    ),
    "broken_page.again": Screen(
        _("¿Ya se ve bien?"), (_("Entra al portal otra vez, como en el paso en el que te quedaste."),)
    ),
    "old_passphrase.copy": Screen(
        _("¿Ya entraste?"),
        (
            _("Saca los archivos en este paso y copia la contraseña con el botón, sin espacios al final."),
            _("Revisa que el portal pida la contraseña de la llave, y no la de otro trámite."),
            _("Si la revisión previa abrió la llave, esa contraseña es la correcta."),
        ),
    ),
    "candidates": Screen(
        _("¿Alguna contraseña guardada abre la llave?"),
        (_("El sistema prueba las contraseñas selladas de esta empresa sin mostrarlas."),),
    ),
    "client": Screen(
        _("¿La sabe el cliente?"),
        (
            _("Pídesela con un enlace de un solo uso: lo que escriba queda sellado y nadie la ve."),
            _("No la pidas por chat ni por correo."),
        ),
    ),
    "answered": Screen(
        _("¿Ya contestó el cliente?"), (_("Lo que llegó por el enlace está sellado. El sistema la prueba por ti."),)
    ),
    "visit": Screen(
        _("¿Para cuándo es la cita?"),
        (
            _("Por internet ya no se puede: hay que ir en persona."),
            _("Imprime la lista, junta los papeles con el cliente y anota el día. La renovación espera hasta ese día."),
        ),
    ),
    "key_lost.visit": Screen(
        _("¿Cuándo vas a la subdelegación?"),
        (
            _("Ve hoy si puedes: mientras no se cancele, quien tenga la llave puede firmar por la empresa."),
            _("Imprime la lista y junta los papeles con el cliente."),
        ),
    ),
    "after_visit": Screen(
        _("¿Qué día pediste el certificado nuevo?"),
        (
            _("En la ventanilla se cancela el certificado anterior y se pide otro."),
            _("El trámite se termina en 10 días hábiles; después la solicitud se cancela sola."),
        ),
    ),
    "new_certificate": Screen(
        _("¿Ya te dieron el certificado nuevo?"),
        (_("Cuando lo tengas, súbelo con su llave en la página de la empresa, como cualquier certificado."),),
    ),
    "key_lost.what": Screen(
        _("¿Qué pasó con la llave?"),
        (_("Si alguien más pudo usarla, no esperes a que venza: se cancela en persona, cuanto antes."),),
    ),
    "compare": Screen(
        _("¿Qué dice el portal?"),
        (
            _("Detente: no guardes nada en el portal todavía."),
            _("Copia aquí, tal cual, el RFC y el registro patronal que muestra."),
        ),
    ),
    "files_of_another.compare": Screen(
        _("¿Qué dice el archivo?"),
        (
            _("No se guardó nada."),
            _("Copia aquí el RFC que nombra el aviso, o el que ves al abrir el certificado."),
        ),
    ),
    "side_by_side": Screen(_("¿Qué pasó?"), (_("Compara las dos columnas."),)),
    "correct": Screen(
        _("¿Ya los corregiste?"),
        (_("Corrige los datos de la empresa con un documento a la vista, y vuelve aquí."),),
    ),
    "identity_mismatch.visit": Screen(
        _("¿Para cuándo es la cita?"),
        (
            _("Los datos que tiene el IMSS se corrigen en la subdelegación. No renueves antes con datos equivocados."),
            _("Imprime la lista, junta los papeles con el cliente y anota el día."),
        ),
    ),
    "identity_mismatch.after_data": Screen(_("¿Ya coinciden los datos en el portal?")),
    "portal_down.check": Screen(
        _("¿Ya responde?"),
        (
            _("Recarga la página y prueba con otra red, por ejemplo la del teléfono."),
            _("Si sigue igual, repórtalo una vez: todas las renovaciones de ese portal quedan en espera."),
        ),
    ),
    "portal_down.back": Screen(
        _("¿Ya responde el portal?"),
        (_("Quedó reportado. Cuando alguien marque que volvió, las renovaciones siguen solas."),),
    ),
    "sat_appointment.after_visit": Screen(
        _("¿Ya tienes el certificado nuevo?"), (_("Guarda juntos el certificado (.cer), la llave (.key) y su clave."),)
    ),
    "sat_misuse.revoke": Screen(
        _("¿Ya quedó revocado?"),
        (
            _("Un certificado que otra persona pudo usar se revoca cuanto antes."),
            _("En CertiSAT Web, «Revocación de certificados»; si no se puede entrar, en una oficina del SAT."),
        ),
    ),
    "sat_misuse.what_now": Screen(
        _("¿Cómo se pide el certificado nuevo?"),
        (
            _("Un CSD se pide otra vez en CertiSAT Web con la e.firma vigente."),
            _("Una e.firma revocada solo se repone con cita en el SAT."),
        ),
    ),
    "sat_misuse.after_visit": Screen(
        _("¿Ya tienes el certificado nuevo?"), (_("Guarda juntos el certificado (.cer), la llave (.key) y su clave."),)
    ),
    "sat_not_downloaded.recover": Screen(
        _("¿Ya lo descargaste?"),
        (
            _("En CertiSAT Web abre «Recuperación de certificados» y busca con el RFC de la empresa."),
            _("Descarga el más reciente (.cer) y guárdalo junto a la llave (.key) que creaste."),
        ),
    ),
}

#: ``playbook.stage.way``, or what several share: ``stage.way``, or the bare way → its button.
WAYS: dict[str, Words] = {
    "works": _("Sí, ya funciona"),
    "still": _("No, sigue igual"),
    "moved_on": _("Sí, ya siguió"),
    "mail_missing.look.still": _("No, sigue esperando el correo"),
    "found": _("Sí, esta es"),
    "not_issued": _("No hay serie nueva"),
    "mail_missing.serial.not_issued": _("No hay serie nueva: reviso mañana"),
    "downloaded": _("Sí, ya lo guardé"),
    "failed": _("No se pudo: reviso mañana"),
    "install_again": _("Repetir la instalación"),
    "later": _("Esperar y revisar mañana"),
    "everybody": _("Les pasa a todas: reportar el portal"),
    "broken_page.again.still": _("No, reviso mañana"),
    "try": _("Probar las contraseñas selladas"),
    "opened": _("Ya se abrió"),
    "none_opens": _("Ninguna abre"),
    "asked": _("Ya se la pedí: esperar"),
    "nobody_knows": _("Nadie la sabe"),
    "answered.not_yet": _("Todavía no: seguir esperando"),
    "new_certificate.not_yet": _("Todavía no: esperar hasta ese día"),
    "appointment": _("Esperar hasta la cita"),
    "been_there": _("Ya fuimos"),
    "requested": _("Ya lo pedimos"),
    "again": _("Hay que ir otra vez"),
    "delivered": _("Ya me lo dieron: cerrar esta renovación"),
    "key_lost.what.found": _("Ya apareció y nadie la usó"),
    "lost": _("Se perdió"),
    "misused": _("Alguien más la tuvo o la usó"),
    "compare": _("Comparar"),
    "same": _("Son iguales: seguir"),
    "another_company": _("Entré con otra empresa: volver a entrar"),
    "portal_wrong": _("El IMSS tiene mal los datos"),
    "ours_wrong": _("Aquí están mal los datos"),
    "mistyped": _("Los copié mal"),
    "corrected": _("Sí, ya coinciden"),
    "down": _("No responde: reportarlo"),
    "portal_down.back.still": _("No, reviso mañana"),
    "obtained": _("Sí, ya lo tengo"),
    "false_alarm": _("Fue falsa alarma"),
    "revoked": _("Sí, ya está revocado"),
    "in_person": _("No se pudo: hay que ir"),
    "goes_on": _("Por internet, con la e.firma"),
    "needs_visit": _("Con cita en el SAT"),
    "not_there": _("No aparece: reviso mañana"),
    "wrong_file": _("Era otro archivo: ya tengo el bueno"),
    "issued_wrong": _("La autoridad lo emitió mal: tramitar otro"),
}

#: Question → its label.
QUESTIONS: dict[str, Words] = {
    "npie": _("NPIE de la empresa (si lo usaste)"),
    "serial": _("Serie del certificado nuevo"),
    "day": _("Día de la cita"),
    "requested_on": _("Día en que se pidió"),
    "seen_rfc": _("RFC que aparece"),
    "seen_registro": _("Registro patronal que aparece, si hay"),
    "picture": _("Captura de pantalla (si puedes)"),
    "what": _("Qué pasa"),
}

#: Question about an identifier → what it is called beside the one that is kept.
IDENTITIES: dict[str, Words] = {"seen_rfc": "RFC", "seen_registro": _("Registro patronal")}

#: List of papers → where they are taken, and each paper.
PAPERS: dict[str, tuple[Words, tuple[Words, ...]]] = {
    "imss_cancellation": (
        _("Subdelegación del IMSS que le toca al registro patronal"),
        (
            _("Tarjeta de identificación patronal"),
            _("Identificación oficial vigente del patrón o de su representante, original y copia"),
            _("Copia de la carta de términos y condiciones del certificado anterior"),
            _("Si va el representante: poder notarial, original y copia"),
            _("Memoria USB para guardar lo que entreguen"),
        ),
    ),
    "imss_data": (
        _("Subdelegación del IMSS que le toca al registro patronal"),
        (
            _("Tarjeta de identificación patronal"),
            _("Identificación oficial vigente del patrón o de su representante, original y copia"),
            _("Constancia de situación fiscal con el RFC correcto"),
            _("Si va el representante: poder notarial, original y copia"),
        ),
    ),
    "sat_efirma": (
        _("Oficina del SAT, con cita"),
        (
            _("Identificación oficial vigente de quien va, original"),
            _("Memoria USB con el archivo de requerimiento (.req) de Certifica"),
            _("Comprobante de domicilio reciente"),
            _("Si es empresa: poder del representante y acta constitutiva"),
            _("Si es empresa: el representante va con su propia e.firma vigente"),
        ),
    ),
}


def say_screen(playbook: str, stage: str) -> Screen:
    """The words of a stage."""
    return SCREENS.get(f"{playbook}.{stage}") or SCREENS[stage]


def say_way(playbook: str, stage: str, way: str) -> str:
    """The words of an answer."""
    for name in (f"{playbook}.{stage}.{way}", f"{stage}.{way}", way):
        if name in WAYS:
            return str(WAYS[name])
    raise KeyError(way)


def say_question(name: str) -> str:
    """The label of a question."""
    return str(QUESTIONS[name])


def say_identity(question: str) -> str:
    """What an identifier is called where it stands beside the one that is kept."""
    return str(IDENTITIES[question])


def say_papers(key: str) -> tuple[str, list[str]]:
    """Where to go with a list of papers, and each paper."""
    place, papers = PAPERS[key]
    return str(place), [str(one) for one in papers]
