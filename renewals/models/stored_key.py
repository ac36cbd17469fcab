"""Which private keys and passphrases are kept, sealed how? Guarded: only ``vault`` imports this module."""

from __future__ import annotations

import uuid
from datetime import datetime
from uuid import UUID

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from renewals.models.certificate import Certificate, PairState
from renewals.models.company import Company
from renewals.models.renewal import Renewal


class IntakeKey(models.Model):
    """The X25519 pair that processes without the master key seal to; the private half wrapped under the master key.

    The public half is kept for the record only: processes pin theirs in the settings.
    """

    key_id = models.CharField(max_length=16, primary_key=True)
    public_key = models.BinaryField(max_length=32)
    wrapped_private_key = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("llave de recepción")

    def __str__(self) -> str:
        return self.key_id


class MasterKey(models.Model):
    """A master key this database has been under: for the record, and so that a retired one is never used again.

    The key itself is never here.
    """

    key_id = models.CharField(max_length=16, primary_key=True)
    #: How it is held, by the name of the holder: ``local`` or ``pkcs11``.
    holder = models.CharField(max_length=10)
    first_used_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True)
    #: Opens with this very key alone and holds no secret: tells a wrong key of the same name from a damaged row.
    probe = models.BinaryField()

    class Meta:
        verbose_name = _("llave maestra")

    def __str__(self) -> str:
        return self.key_id


class AuditKeyQuerySet(models.QuerySet["AuditKey"]):
    """Named questions about audit keys."""

    def public(self) -> AuditKeyQuerySet:
        """Without the private half: all that the database lets the other processes read."""
        return self.defer("wrapped_private_key")


class AuditKey(models.Model):
    """The firm's Ed25519 pair for statements about its own work; the private half wrapped under the master key.

    The private half of a key that was replaced is destroyed: its place is empty.
    """

    key_id = models.CharField(max_length=16, primary_key=True)
    public_key = models.BinaryField(max_length=32)
    wrapped_private_key = models.BinaryField()
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)
    #: Id of the key before, and two signatures over the handover: that key's, then this one's; empty for the first key.
    succeeds = models.CharField(max_length=16, blank=True)
    handover = models.BinaryField(max_length=128, default=b"")

    objects = AuditKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("llave de auditoría")
        constraints = [
            models.UniqueConstraint(fields=["is_active"], condition=Q(is_active=True), name="one_active_audit_key"),
        ]

    def __str__(self) -> str:
        return self.key_id


class CompanyKey(models.Model):
    """A company's data key, wrapped under a master key; destroying it destroys every secret of the company."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    master_key_id = models.CharField(max_length=16, db_index=True)
    wrapped_key = models.BinaryField()
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("llave de datos")
        constraints = [
            models.UniqueConstraint(fields=["company"], condition=Q(is_active=True), name="one_active_company_key"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class SecretKind(models.TextChoices):
    """What a sealed secret is; bound into the seal, so a passphrase never opens as a key."""

    PRIVATE_KEY = "private_key", _("llave privada")
    PFX = "pfx", "PFX"
    PASSPHRASE = "passphrase", _("contraseña")


class StoredSecretQuerySet(models.QuerySet["StoredSecret"]):
    """Named questions about secrets."""

    def unread(self) -> StoredSecretQuerySet:
        """Without what is sealed: all that the database lets the web process read."""
        return self.only("id", "company_id", "kind", "created_at")

    def replaced(self) -> StoredSecretQuerySet:
        """Key files and passphrases that never came into custody and that no key names any more.

        What did come into custody is not among them, whoever made its key forget it.
        """
        held = StoredKey.objects.filter(
            Q(key_secret=OuterRef("pk"))
            | Q(passphrase_secret=OuterRef("pk"))
            | Q(generated_passphrase_secret=OuterRef("pk"))
        )
        came = self.filter(intake_sealed__isnull=False, kind__in=[SecretKind.PRIVATE_KEY, SecretKind.PASSPHRASE])
        return came.filter(~Exists(held))


class StoredSecret(models.Model):
    """One sealed secret: first to the intake key (``intake_sealed``), then under its company's data key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=SecretKind.choices)
    intake_sealed = models.BinaryField(null=True)
    sealed = models.BinaryField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StoredSecretQuerySet.as_manager()

    class Meta:
        verbose_name = _("secreto sellado")
        constraints = [
            models.CheckConstraint(
                condition=Q(intake_sealed__isnull=True, sealed__isnull=False)
                | Q(intake_sealed__isnull=False, sealed__isnull=True),
                name="secret_is_sealed_exactly_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class KeyState(models.TextChoices):
    """How far a key has come on its way into custody; ``EXPECTED``: its passphrase exists, its file does not yet."""

    EXPECTED = "expected", _("Por llegar")
    SEALED = "sealed", _("Recibida")
    TAKING = "taking", _("En revisión")
    PROVED = "proved", _("En resguardo")
    FAILED = "failed", _("Rechazada")


class StoredKeyQuerySet(models.QuerySet["StoredKey"]):
    """Named questions about keys."""

    def waiting(self, *, now: datetime) -> StoredKeyQuerySet:
        """Those to be taken into custody: new ones, and those whose worker died holding them."""
        return self.filter(Q(state=KeyState.SEALED) | Q(state=KeyState.TAKING, lease_until__lt=now))

    def held_under(self, lease: UUID) -> StoredKeyQuerySet:
        """Those a worker claimed under this lease and still holds."""
        return self.filter(state=KeyState.TAKING, lease=lease)

    def with_secrets(self) -> StoredKeyQuerySet:
        """With what is sealed beside them, in one query."""
        return self.select_related("key_secret", "passphrase_secret", "generated_passphrase_secret")

    def awaiting_file(self) -> StoredKeyQuerySet:
        """Keys of a renewal under way whose file has not come, was refused, or was not looked at yet."""
        return self.filter(certificate=None, state__in=[KeyState.EXPECTED, KeyState.SEALED, KeyState.FAILED])

    def live(self) -> StoredKeyQuerySet:
        """Those that were not refused."""
        return self.exclude(state=KeyState.FAILED)

    def certificateless(self) -> StoredKeyQuerySet:
        """Proved keys that wait for their certificate in no renewal under way, those given up included.

        A key whose certificate came together with another copy of it waits for nothing any more.
        """
        expected = Renewal.objects.under_way().filter(pending_key=OuterRef("pk"))
        came = Certificate.objects.filter(
            company=OuterRef("company"),
            public_key_sha256=OuterRef("public_key_sha256"),
            pair_state__in=[PairState.SEALED, PairState.IN_CUSTODY],
        )
        return self.filter(~Exists(expected), ~Exists(came), certificate=None, state=KeyState.PROVED)

    def orphans(self) -> StoredKeyQuerySet:
        """Those of them for which somebody still hopes for a certificate."""
        return self.certificateless().filter(given_up_at=None)


class StoredKey(models.Model):
    """A private key with its passphrase; without a certificate it is a *pending key* of a renewal.

    ``container`` tells what the sealed file is: a key file (PKCS#8, PKCS#1) or a PFX.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, null=True, related_name="+")
    container = models.CharField(max_length=12, choices=SecretKind.choices, default=SecretKind.PRIVATE_KEY)
    key_secret = models.OneToOneField(StoredSecret, on_delete=models.PROTECT, null=True, related_name="+")
    passphrase_secret = models.ForeignKey(StoredSecret, on_delete=models.PROTECT, null=True, related_name="+")
    #: The passphrase the vault made for a key that was still to come; kept although the person may use another one.
    generated_passphrase_secret = models.OneToOneField(
        StoredSecret, on_delete=models.PROTECT, null=True, related_name="+"
    )
    state = models.CharField(max_length=8, choices=KeyState.choices, default=KeyState.SEALED)
    #: Names the worker's hold on the row: a worker whose hold has passed to another one finds it changed.
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    failure_code = models.CharField(max_length=40, blank=True)
    failure_facts = models.JSONField(default=dict)
    #: Hex of SHA-256 over the file as it arrived, to answer "is it the same file?"; only for encrypted files.
    file_sha256 = models.CharField(max_length=64, blank=True)
    #: Known once proved: hex of SHA-256 over the SubjectPublicKeyInfo.
    public_key_sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    key_bits = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    proved_at = models.DateTimeField(null=True)
    #: The renewal in which it was made; stays when that renewal expects another one, so that orphans are found.
    born_in = models.ForeignKey("renewals.Renewal", on_delete=models.PROTECT, null=True, related_name="+")
    #: When and why somebody said that no certificate will ever come for it.
    given_up_at = models.DateTimeField(null=True)
    given_up_because = models.CharField(max_length=300, blank=True)

    objects = StoredKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("llave guardada")
        constraints = [
            models.UniqueConstraint(
                fields=["certificate"],
                condition=Q(certificate__isnull=False) & ~Q(state=KeyState.FAILED),
                name="one_key_per_certificate",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "created_at"], name="key_state"),
        ]

    def __str__(self) -> str:
        return str(self.id)
