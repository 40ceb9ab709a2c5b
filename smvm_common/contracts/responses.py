"""What the API answers, for the OpenAPI document and the tests that hold the answers to it."""

from marshmallow import EXCLUDE, Schema, fields, validate

from smvm_common.run.record import RunStatus, StageStatus
from smvm_common.run.stages import STAGE_NAMES


def _time(**kwargs: object) -> fields.DateTime:
    return fields.DateTime(required=True, **kwargs)  # type: ignore[arg-type]


class _Answer(Schema):
    class Meta:
        unknown = EXCLUDE


class ProblemSchema(_Answer):
    """RFC 9457 problem details; ``errors`` names each wrong field of a 400 by its JSON path."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String(required=True)
    correlation_id = fields.String(required=True)
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))


class PiiSchema(_Answer):
    """How many stretches of personal data of each kind were masked; never the values."""

    masked = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    count = fields.Integer(required=True)


class T0Schema(_Answer):
    schema_compliance = fields.String(required=True, validate=validate.OneOf(["passed"]))
    business_logic_check = fields.String(
        required=True, validate=validate.OneOf(["passed", "passed_with_warnings"])
    )
    risk_assessment = fields.String(
        required=True, validate=validate.OneOf(["low", "medium", "high"])
    )
    risk_reasons = fields.List(fields.String(), required=True)
    recommendations = fields.List(fields.String(), required=True)
    warnings = fields.List(fields.String(), required=True)
    pii = fields.Nested(PiiSchema, required=True)


class RunAcceptedSchema(_Answer):
    """The answer of ``POST …/runs``."""

    validation_id = fields.String(required=True)
    run_id = fields.String(required=True)
    project_id = fields.String(required=True)
    correlation_id = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["accepted"]))
    estimated_completion = _time()
    validation_results = fields.Nested(T0Schema, required=True)
    degraded = fields.Boolean(required=True)
    mock = fields.Boolean(required=True)


class KeyFactorSchema(_Answer):
    factor = fields.String(required=True)
    score = fields.Float(required=True, validate=validate.Range(0, 1))
    evidence = fields.String(required=True)


class GateSchema(_Answer):
    """The guide's decision matrix."""

    gate_decision = fields.String(
        required=True, validate=validate.OneOf(["proceed", "hold", "reject"])
    )
    confidence_score = fields.Float(required=True, validate=validate.Range(0, 1))
    key_factors = fields.List(fields.Nested(KeyFactorSchema), required=True)
    next_steps = fields.List(fields.String(), required=True)


class MilestoneSchema(_Answer):
    due_at = _time()
    done_at = _time(allow_none=True)


class TimelineSchema(_Answer):
    accepted = fields.Nested(MilestoneSchema, required=True, data_key="T0")
    gate = fields.Nested(MilestoneSchema, required=True, data_key="T0+3min")
    completion = fields.Nested(MilestoneSchema, required=True, data_key="T0+30d")
    final = fields.Nested(MilestoneSchema, required=True, data_key="T32")


class ManualReviewSchema(_Answer):
    opened_at = _time()
    reason = fields.String(required=True)


class StatusSchema(_Answer):
    """The answer of ``GET …/status``."""

    validation_id = fields.String(required=True)
    run_id = fields.String(required=True)
    project_id = fields.String(required=True)
    correlation_id = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf([s.value for s in RunStatus]))
    progress = fields.Float(required=True, validate=validate.Range(0, 1))
    current_stage = fields.String(required=True)
    stage_results = fields.Dict(
        keys=fields.String(validate=validate.OneOf(STAGE_NAMES)),
        values=fields.String(validate=validate.OneOf([s.value for s in StageStatus])),
        required=True,
    )
    gate = fields.Nested(GateSchema, required=True, allow_none=True)
    timeline = fields.Nested(TimelineSchema, required=True)
    estimated_completion = _time()
    round = fields.Integer(required=True)
    degraded = fields.Boolean(required=True)
    warnings = fields.List(fields.String(), required=True)
    manual_review = fields.Nested(ManualReviewSchema, required=True, allow_none=True)
    decision = fields.Dict(required=True, allow_none=True)
    final = fields.Dict(required=True, allow_none=True)
    mock = fields.Boolean(required=True)


class ArtifactSchema(_Answer):
    name = fields.String(required=True)
    bytes = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    content_type = fields.String(required=True)
    link = fields.String(required=True)
    presigned_link = fields.String()


class QualityReportSchema(_Answer):
    degraded = fields.Boolean(required=True)
    warnings = fields.List(fields.String(), required=True)
    missing = fields.List(fields.String(), required=True)
    findings = fields.List(fields.Dict(), required=True)


class ResultsSchema(_Answer):
    """The answer of ``GET …/results``: the guide's four deliverables, null while not there."""

    validation_id = fields.String(required=True)
    run_id = fields.String(required=True)
    status = fields.String(required=True)
    round = fields.Integer(required=True)
    preliminary = fields.Boolean(required=True)
    gate = fields.Dict(required=True, allow_none=True)
    decision = fields.Dict(required=True, allow_none=True)
    final = fields.Dict(required=True, allow_none=True)
    market_analysis = fields.Dict(required=True, allow_none=True)
    financial_projections = fields.Dict(required=True, allow_none=True)
    technical_validation = fields.Dict(required=True, allow_none=True)
    risk_assessment = fields.Dict(required=True, allow_none=True)
    simulation = fields.Dict(required=True, allow_none=True)
    quality_report = fields.Nested(QualityReportSchema, required=True)
    artifacts = fields.List(fields.Nested(ArtifactSchema), required=True)
    mock = fields.Boolean(required=True)


class RunStateSchema(_Answer):
    """The short answer to a change of a run."""

    validation_id = fields.String(required=True)
    status = fields.String(required=True)
    decision = fields.Dict(required=True, allow_none=True)
    final = fields.Dict(required=True, allow_none=True)


class EvidenceAcceptedSchema(_Answer):
    validation_id = fields.String(required=True)
    status = fields.String(required=True)
    evidence_count = fields.Integer(required=True)
    used_by = fields.String(required=True)


class RunLineSchema(_Answer):
    validation_id = fields.String(required=True)
    run_id = fields.String(required=True)
    project_id = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf([s.value for s in RunStatus]))
    progress = fields.Float(required=True, validate=validate.Range(0, 1))
    accepted_at = _time()
    gate_decision = fields.String(required=True, allow_none=True)


class RunListSchema(_Answer):
    runs = fields.List(fields.Nested(RunLineSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class EventSchema(_Answer):
    """One line of the audit trail; ``callback_sequence`` where a callback tells of it."""

    sequence = fields.Integer(required=True)
    occurred_at = _time()
    name = fields.String(required=True)
    actor = fields.String(required=True)
    data = fields.Dict(required=True)
    callback = fields.String(
        required=True, allow_none=True, validate=validate.OneOf(["update", "alert"])
    )
    callback_sequence = fields.Integer(required=True, allow_none=True)


class EventsSchema(_Answer):
    validation_id = fields.String(required=True)
    events = fields.List(fields.Nested(EventSchema), required=True)


class DeadLetterSchema(_Answer):
    """A callback that could not be delivered, with its payload."""

    id = fields.String(required=True)
    validation_id = fields.String(required=True)
    run_id = fields.String(required=True)
    project_id = fields.String(required=True)
    tenant = fields.String(required=True)
    correlation_id = fields.String(required=True)
    url = fields.String(required=True)
    destination = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(["update", "alert"]))
    sequence = fields.Integer(required=True)
    webhook_id = fields.String(required=True)
    attempts = fields.Integer(required=True)
    reason = fields.String(required=True)
    occurred_at = _time()
    first_attempt_at = _time()
    last_attempt_at = _time()
    payload = fields.Dict(required=True)


class DeadLetterListSchema(_Answer):
    dead_letters = fields.List(fields.Nested(DeadLetterSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class ReplaySchema(_Answer):
    """Which letters were, or with ``dry_run`` would be, handed to the workers."""

    dry_run = fields.Boolean(required=True)
    ids = fields.List(fields.String(), required=True)


class HealthSchema(_Answer):
    status = fields.String(required=True)
    dependencies = fields.Dict(keys=fields.String(), values=fields.String())


class SchemaListSchema(_Answer):
    """Where the JSON Schemas of the artefacts are."""

    schemas = fields.List(fields.String(), required=True)
