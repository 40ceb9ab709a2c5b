"""Fields that take a JSON type as it is: the string "5" is not a number, true is not one."""

import math
import unicodedata
from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields

from smvm_common.clock import parse_rfc3339


class Text(fields.String):
    """A string without control characters (but for white space) or lone surrogates, stripped."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        for character in text:
            category = unicodedata.category(character)
            if category == "Cs" or (category == "Cc" and character not in "\n\r\t"):
                raise ValidationError("must not contain control characters or lone surrogates")
        return text.strip()


class Identifier(fields.String):
    """A string that is taken as it is; its validator says what it may be."""


class Number(fields.Float):
    """A finite JSON number."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("invalid", input=value)
        try:
            number = float(value)
        except OverflowError as error:
            raise ValidationError("is too large a number") from error
        if not math.isfinite(number):
            raise ValidationError("must be finite")
        return number


class WholeNumber(fields.Integer):
    """A JSON integer."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid", input=value)
        return value


class Truth(fields.Boolean):
    """A JSON boolean."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Moment(fields.DateTime):
    """An RFC 3339 time with its zone, as a ``datetime`` in UTC."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        try:
            return parse_rfc3339(value)
        except (TypeError, ValueError) as error:
            raise ValidationError("must be a time such as 2024-12-01T14:30:52Z") from error
