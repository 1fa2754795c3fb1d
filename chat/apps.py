from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class ChatConfig(AppConfig):
    name = "chat"
    verbose_name = "Conversations"

    def ready(self) -> None:
        from chat import consent_events, deletion, deletion_ledger, session_events  # noqa: F401  (they listen)
        from chat.alerts import watch
        from chat.day_counts import count_when_due
        from chat.purge import purge_when_due
        from chat.runner import runner
        from chat.sqlite_tables import let_tables_be_renamed, look_at_triggers_again
        from moderation import embedding
        from pipeline import index_keeper, wiring

        pre_migrate.connect(let_tables_be_renamed, sender=self)
        post_migrate.connect(look_at_triggers_again, sender=self)
        embedding.use_embedder(wiring.packaged_embedder())
        runner.tidying += [purge_when_due, count_when_due, index_keeper.keeper.catch_up]
        runner.watching += [watch, deletion_ledger.write_down]
