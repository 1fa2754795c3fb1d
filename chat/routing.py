from django.urls import re_path

from chat.consumers import ConversationConsumer, UnknownAddressConsumer

websocket_urlpatterns = [
    re_path(r"^ws/conversations/(?P<conversation_id>[^/]+)$", ConversationConsumer.as_asgi()),
    re_path(r"", UnknownAddressConsumer.as_asgi()),
]
