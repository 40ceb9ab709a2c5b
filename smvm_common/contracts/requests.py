"""What the API accepts. Unknown fields are refused everywhere but in an idea's metadata."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from smvm_common.contracts.fields import Identifier, Moment, Number, Text, Truth, WholeNumber
from smvm_common.identifiers import CORRELATION_ID, PROJECT_ID, RUN_ID

URGENCIES = ("low", "medium", "high", "critical")
OBSERVATION_KINDS = (
    "visits",
    "sign_ups",
    "orders",
    "price_test",
    "retention",
    "interview",
    "survey",
)
MAX_OBSERVATIONS = 100
"""In one request; a run holds as many requests' worth."""
_MAX_METADATA = 50
_SCALAR = {"type": ["string", "number", "boolean", "null"], "maxLength": 2000}
_POSITIVE = {"exclusiveMinimum": 0}
"""The document lacks what ``min_inclusive`` says."""


class Matches(validate.Regexp):
    """A pattern that the whole string must match; ``$`` alone lets a line feed pass."""

    def __init__(self, pattern: str, error: str) -> None:
        super().__init__(f"^{pattern}$", error=error)

    def __call__(self, value: Any) -> Any:
        if self.regex.fullmatch(value) is None or value.endswith("\n"):
            raise ValidationError(self.error or "does not match")
        return value


class MetadataField(fields.Dict):
    """Known keys by their types; any other key with a string, number or boolean."""

    def __init__(self, **kwargs: Any) -> None:
        described = {"maxProperties": _MAX_METADATA, "additionalProperties": _SCALAR}
        super().__init__(metadata=described, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        if len(value) > _MAX_METADATA:
            raise ValidationError(f"has more than {_MAX_METADATA} entries")
        result, errors = {}, {}
        for key, item in value.items():
            try:
                name = str(Text(validate=validate.Length(1, 64)).deserialize(key))
                result[name] = _METADATA.get(name, _Scalar(allow_none=True)).deserialize(item)
            except ValidationError as error:
                errors[key] = error.messages
        if errors:
            raise ValidationError(errors)
        return {name: item for name, item in result.items() if item is not None}


class _Scalar(fields.Field[Any]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, str):
            return Text(validate=validate.Length(max=1000)).deserialize(value)
        if isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return Number().deserialize(value)
        raise ValidationError("must be a string, a number or a boolean")


_METADATA: dict[str, fields.Field[Any]] = {
    "estimated_market_size": Number(allow_none=True),
    "currency": Identifier(
        allow_none=True, validate=Matches("[A-Z]{3}", "must be an ISO 4217 code such as USD")
    ),
    "target_customers": Text(allow_none=True, validate=validate.Length(max=1000)),
    "competitive_advantage": Text(allow_none=True, validate=validate.Length(max=2000)),
}


class IdeaSchema(Schema):
    """A business idea."""

    description = Text(required=True, validate=validate.Length(1, 10_000))
    domain = Text(required=True, validate=validate.Length(1, 100))
    urgency = Text(load_default="medium", validate=validate.OneOf(URGENCIES))
    submitter = Text(validate=validate.Length(1, 254))
    metadata = MetadataField(load_default=dict)


class RunRequestSchema(Schema):
    """The body of ``POST /api/v1/validation/runs``."""

    run_id = Identifier(
        validate=Matches(RUN_ID.pattern, "must look like RUN-20241201-143052-a1b2c3d4"),
        metadata={"description": "Minted when absent."},
    )
    project_id = Identifier(
        required=True,
        validate=Matches(
            PROJECT_ID.pattern, "must be 1 to 64 letters, digits, '.', '_', '-', without '..'"
        ),
    )
    idea = fields.Nested(IdeaSchema, required=True)
    callback_url = Identifier(
        required=True,
        validate=validate.Length(1, 2048),
        metadata={"format": "uri", "description": "https, and no private address."},
    )
    correlation_id = Identifier(
        validate=Matches(CORRELATION_ID.pattern, "must be 1 to 128 letters, digits, '._:-'")
    )


class ObservationSchema(Schema):
    """Observed traction: ``successes`` out of ``trials``; price in USD, days counted. Of ``retention``
    the trials are customers, and the successes those who stayed or bought again within the days
    (30 where absent)."""

    kind = Text(required=True, validate=validate.OneOf(OBSERVATION_KINDS))
    trials = WholeNumber(required=True, validate=validate.Range(1, 1_000_000_000))
    successes = WholeNumber(required=True, validate=validate.Range(0, 1_000_000_000))
    price = Number(validate=validate.Range(0, 1e9, min_inclusive=False), metadata=_POSITIVE)
    days = Number(validate=validate.Range(0, 3650, min_inclusive=False), metadata=_POSITIVE)
    note = Text(load_default="", validate=validate.Length(max=1000))

    @validates_schema
    def _successes_within_trials(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["successes"] > data["trials"]:
            raise ValidationError("cannot exceed trials", "successes")


class EvidenceRequestSchema(Schema):
    """The body of ``POST …/evidence``."""

    observations = fields.List(
        fields.Nested(ObservationSchema),
        required=True,
        validate=validate.Length(1, MAX_OBSERVATIONS),
    )


class CompleteRequestSchema(Schema):
    """The optional body of ``PUT …/complete``: last evidence and a note."""

    evidence = fields.List(
        fields.Nested(ObservationSchema),
        load_default=list,
        validate=validate.Length(0, MAX_OBSERVATIONS),
    )
    note = Text(load_default="", validate=validate.Length(max=2000))


class CancelRequestSchema(Schema):
    """The optional body of ``POST …/cancel``."""

    reason = Text(load_default="", validate=validate.Length(max=1000))


class ClockRequestSchema(Schema):
    """The body of ``POST …/clock`` in a sandbox: how far to advance the run's own clock."""

    advance_seconds = Number(
        required=True,
        validate=validate.Range(0, 400 * 86_400, min_inclusive=False),
        metadata=_POSITIVE,
    )


_LETTER_FILTERS = frozenset({"validation_id", "destination", "occurred_after", "occurred_before"})


class ReplayRequestSchema(Schema):
    """The body of ``POST /api/v1/dead-letters/replay``: letters by id, or by filter."""

    ids = fields.List(Text(validate=validate.Length(1, 128)), validate=validate.Length(1, 1000))
    validation_id = Text(validate=validate.Length(1, 64))
    destination = Text(validate=validate.Length(1, 2048))
    occurred_after = Moment()
    occurred_before = Moment()
    everything = Truth(load_default=False)
    dry_run = Truth(load_default=False)

    @validates_schema
    def _one_way_of_choosing(self, data: dict[str, Any], **kwargs: Any) -> None:
        filtered = not _LETTER_FILTERS.isdisjoint(data)
        if sum(("ids" in data, filtered, data["everything"])) != 1:
            raise ValidationError("give ids, or a filter, or everything: one of the three", "ids")
