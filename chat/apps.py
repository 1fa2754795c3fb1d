from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"
    verbose_name = "Conversations"

    def ready(self) -> None:
        from chat import consent_events, deletion, deletion_ledger, session_events  # noqa: F401  (they listen)
        from chat.alerts import watch
        from chat.day_counts import count_when_due
        from chat.purge import purge_when_due
        from chat.runner import runner
        from moderation import embedding
        from pipeline import index_keeper, wiring

        embedding.use_embedder(wiring.packaged_embedder())
        runner.tidying += [purge_when_due, count_when_due, index_keeper.keeper.catch_up]
        runner.watching.append(watch)
