"""`Conversation.messages_count` is kept by the database: whatever inserts or deletes messages, the number is right."""

from django.db import migrations

SQLITE = [
    (
        """CREATE TRIGGER chat_message_counted AFTER INSERT ON chat_message BEGIN
             UPDATE chat_conversation SET messages_count = messages_count + 1 WHERE id = NEW.conversation_id;
           END""",
        "DROP TRIGGER chat_message_counted",
    ),
    (
        """CREATE TRIGGER chat_message_uncounted AFTER DELETE ON chat_message BEGIN
             UPDATE chat_conversation SET messages_count = messages_count - 1 WHERE id = OLD.conversation_id;
           END""",
        "DROP TRIGGER chat_message_uncounted",
    ),
]

POSTGRESQL = [
    (
        """CREATE FUNCTION chat_count_messages() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN
             IF TG_OP = 'INSERT' THEN
               UPDATE chat_conversation SET messages_count = messages_count + 1 WHERE id = NEW.conversation_id;
             ELSE
               UPDATE chat_conversation SET messages_count = messages_count - 1 WHERE id = OLD.conversation_id;
             END IF;
             RETURN NULL;
           END $$""",
        "DROP FUNCTION chat_count_messages()",
    ),
    (
        """CREATE TRIGGER chat_message_counted AFTER INSERT OR DELETE ON chat_message
           FOR EACH ROW EXECUTE FUNCTION chat_count_messages()""",
        "DROP TRIGGER chat_message_counted ON chat_message",
    ),
]


def _statements(schema_editor):
    return POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE


def create(apps, schema_editor):
    for statement, _ in _statements(schema_editor):
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    for _, statement in reversed(_statements(schema_editor)):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("chat", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
