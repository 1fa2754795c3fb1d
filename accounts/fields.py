"""JSON's own types: REST framework's fields also take what merely looks like one, a number for a text, say."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers
from rest_framework.fields import empty


class TextField(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class FlagField(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):  # the framework takes 0, "no" and "t" too
            self.fail("invalid", input=data)
        return data


class EmailField(serializers.EmailField):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class IdField(serializers.UUIDField):
    def get_value(self, dictionary: Any) -> Any:
        """An empty one in a form is wrong, not left out: a repeated send would go unnoticed."""
        return dictionary.get(self.field_name, empty)

    def to_internal_value(self, data: Any) -> Any:
        """As ids are written; Python's own reading takes braces, numbers and names of namespaces, too."""
        if not isinstance(data, str) or len(data) != len("00000000-0000-0000-0000-000000000000"):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class TextFieldSchema(OpenApiSerializerFieldExtension):
    """That PostgreSQL takes no NUL, and so no text may have one."""

    target_class = TextField

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)
        return {**schema, "pattern": r"^[^\u0000]+$"}
