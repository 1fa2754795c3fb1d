"""What moderation shows staff by itself. Decisions are reviewed beside their conversations: `chat.decision_admin`."""
