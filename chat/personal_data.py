"""Every table of Veda, and what becomes of the patients' data in it. Whoever adds a table adds its line.

`docs/privacy.md` says the same for people; `chat/tests/test_personal_data.py` holds both to it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    model: str
    exported: str
    """The file of the export that has its rows."""
    erased: str
    """When a patient deletes."""
    kept: str
    """How long, where nobody deletes."""


WITH_THE_ACCOUNT = "with the account"
ON_RECORD = "AUDIT_RETENTION_DAYS"
BY_ID = "stays, by id alone"

PERSONAL = (
    Table("accounts.User", "account.json", WITH_THE_ACCOUNT, "until the patient deletes it"),
    Table("accounts.User_groups", "account.json", WITH_THE_ACCOUNT, "while the role lasts"),
    Table("accounts.User_user_permissions", "account.json", WITH_THE_ACCOUNT, "while an administrator leaves it"),
    Table("accounts.RefreshFamily", "devices.json", WITH_THE_ACCOUNT, "30 days after it was signed out or ran out"),
    Table("accounts.Consent", "consents.json", WITH_THE_ACCOUNT, "with the account: it is the proof"),
    Table("accounts.Invitation", "account.json", WITH_THE_ACCOUNT, "30 days after it was used or ran out"),
    Table("accounts.AuditEvent", "audit.json", BY_ID, ON_RECORD),
    Table("account.EmailAddress", "account.json", WITH_THE_ACCOUNT, "with the account"),
    Table("account.EmailConfirmation", "nothing: a key", WITH_THE_ACCOUNT, ON_RECORD),
    Table("socialaccount.SocialAccount", "account.json", WITH_THE_ACCOUNT, "with the account"),
    Table("socialaccount.SocialToken", "nothing: a key", WITH_THE_ACCOUNT, "never stored"),
    Table("mfa.Authenticator", "account.json", WITH_THE_ACCOUNT, "until it is removed"),
    Table("sessions.Session", "nothing: a key", WITH_THE_ACCOUNT, "until it runs out"),
    Table("admin.LogEntry", "changes.json", WITH_THE_ACCOUNT, ON_RECORD),
    Table("moderation.Decision", "decisions.json", BY_ID, ON_RECORD),
    Table("moderation.Concern", "concerns.json", WITH_THE_ACCOUNT, ON_RECORD),
    Table("chat.HealthProfile", "account.json", "with the account or its conversation", "until the patient clears it"),
    Table("chat.Conversation", "conversations", "with the conversation", "CONVERSATION_RETENTION_DAYS"),
    Table("chat.HelpRequest", "conversations", "with the conversation", "CONVERSATION_RETENTION_DAYS"),
    Table("chat.Message", "conversations", "with the conversation", "CONVERSATION_RETENTION_DAYS"),
    Table("chat.Feedback", "conversations", "with the conversation", "CONVERSATION_RETENTION_DAYS"),
    Table("chat.Attachment", "pictures", "with the conversation", "CONVERSATION_RETENTION_DAYS; unsent: a day"),
)

NOT_PERSONAL = (
    "auth.Group",
    "auth.Group_permissions",
    "auth.Permission",
    "contenttypes.ContentType",
    "socialaccount.SocialApp",
    "moderation.Alert",
    "moderation.RuleBook",
    "pipeline.Document",
    "pipeline.Passage",
    "chat.DayCounts",
    "chat.Deletion",
    "chat.RowLock",
)
