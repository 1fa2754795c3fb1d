from django.urls import path

from chat import api
from chat.health_profile_api import ConversationHealthProfileView

urlpatterns = [
    path("", api.ConversationsView.as_view()),
    path("/<uuid:conversation_id>", api.ConversationView.as_view()),
    path("/<uuid:conversation_id>/messages", api.MessagesView.as_view()),
    path("/<uuid:conversation_id>/messages/<uuid:message_id>/feedback", api.FeedbackView.as_view()),
    path("/<uuid:conversation_id>/attachments", api.AttachmentsView.as_view()),
    path("/<uuid:conversation_id>/health-profile", ConversationHealthProfileView.as_view()),
    path("/<uuid:conversation_id>/help", api.HelpView.as_view()),
    path("/<uuid:conversation_id>/transcriptions", api.TranscriptionsView.as_view()),
]
