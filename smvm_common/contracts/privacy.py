"""What a privacy officer sends. The subject stands in the body: what stands in a path is logged."""

from marshmallow import Schema, fields, validate

from smvm_common.contracts.fields import Identifier, Text, Truth
from smvm_common.contracts.requests import Matches, MetadataField
from smvm_common.identifiers import VALIDATION_ID


class SubjectSchema(Schema):
    """Whose data it is about: as the person was named as ``submitter``."""

    subject = Text(required=True, validate=validate.Length(1, 254))
    reason = Text(load_default="", validate=validate.Length(max=1000))


class RestrictionSchema(SubjectSchema):
    """Stop processing the subject's runs (true), or go on with it (false)."""

    restricted = Truth(required=True)


class CorrectionsSchema(Schema):
    """The parts of an idea that are corrected."""

    description = Text(validate=validate.Length(1, 10_000))
    domain = Text(validate=validate.Length(1, 100))
    metadata = MetadataField()


class RectificationSchema(SubjectSchema):
    """Correct the idea of one of the subject's runs."""

    validation_id = Identifier(
        required=True, validate=Matches(VALIDATION_ID.pattern, "is not a validation identifier")
    )
    corrections = fields.Nested(CorrectionsSchema, required=True)


class ConsentSchema(SubjectSchema):
    """Consent given (true) or withdrawn (false) for a purpose."""

    purpose = Text(required=True, validate=validate.Length(1, 200))
    given = Truth(required=True)


class ExportSchema(Schema):
    """All that is kept of a subject."""

    subject = fields.String(required=True)
    exported_at = fields.DateTime(required=True)
    runs = fields.List(fields.Dict(), required=True)
    consents = fields.List(fields.Dict(), required=True)
    requests = fields.List(fields.Dict(), required=True)


class TouchedSchema(Schema):
    """The runs that a request changed."""

    validation_ids = fields.List(fields.String(), required=True)


class ConsentRecordedSchema(Schema):
    """The consent as it was written down."""

    purpose = fields.String(required=True)
    given = fields.Boolean(required=True)
    recorded_at = fields.DateTime(required=True)
    recorded_by = fields.String(required=True)
