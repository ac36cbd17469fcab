"""Make both databases refuse to change or delete what the history holds."""

from django.db import migrations

#: Table → what tells on SQLite that a new row would take the place of one that is there.
TABLES = {
    "renewals_event": "id = NEW.id",
    "renewals_eventseal": "event_id = NEW.event_id OR (chain = NEW.chain AND position = NEW.position)",
    "renewals_signedheads": "id = NEW.id",
}

POSTGRESQL_FUNCTION = """
CREATE FUNCTION history_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'history is only added to: % of %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$
"""


def guard(apps, schema_editor):
    """Refuse by trigger, whoever sends the statement: the owner of the tables too."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_FUNCTION, params=None)
        for table in TABLES:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_is_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION history_is_only_added_to()"
            )
        return
    for table, takes_a_place in TABLES.items():
        # INSERT OR REPLACE deletes without a word to the trigger of DELETE, unless the connection asks for it.
        when = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {takes_a_place})"
        for action, condition in (("UPDATE", ""), ("DELETE", ""), ("INSERT", when)):
            schema_editor.execute(
                f"CREATE TRIGGER {table}_refuses_{action.lower()} BEFORE {action} ON {table} {condition} "
                f"BEGIN SELECT RAISE(ABORT, 'history is only added to: {action} of {table}'); END"
            )


def unguard(apps, schema_editor):
    """Take the triggers away; the rows stay as they are."""
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(f"DROP TRIGGER {table}_is_only_added_to ON {table}")
        schema_editor.execute("DROP FUNCTION history_is_only_added_to()")
        return
    for table in TABLES:
        for action in ("update", "delete", "insert"):
            schema_editor.execute(f"DROP TRIGGER {table}_refuses_{action}")


class Migration(migrations.Migration):
    dependencies = [("renewals", "0002_custody_deepened")]

    operations = [migrations.RunPython(guard, unguard, elidable=False)]
