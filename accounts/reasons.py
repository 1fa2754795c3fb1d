"""Staff say why, before something is done that concerns a patient."""

from __future__ import annotations

from typing import Any

from django import forms


class ReasonField(forms.CharField):
    def __init__(self) -> None:
        super().__init__(
            label="In your words",
            min_length=10,
            max_length=250,
            help_text="It stands in what the patient can export. Please quote nothing that they wrote.",
            widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        )


class ReasonForm(forms.Form):
    reason = ReasonField()

    def __init__(self, data: Any = None, *, reasons: list[str] | None = None) -> None:
        """`reasons`: those that there are to choose from, besides."""
        super().__init__(data)
        if reasons is not None:
            choices = [("", "Choose …"), *((reason, reason) for reason in reasons)]
            self.fields["kind"] = forms.ChoiceField(label="Why", choices=choices)
            self.order_fields(["kind", "reason"])
