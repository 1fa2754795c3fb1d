from django.apps import AppConfig


class VedaConfig(AppConfig):
    name = "veda"

    def ready(self) -> None:
        from veda import slow_queries

        slow_queries.watch_connections()
