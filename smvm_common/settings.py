"""The settings: the guide's YAML with ``${ENV}`` interpolation, read into frozen dataclasses.

``$${NAME}`` is the text ``${NAME}``. Every key can be overridden by the environment:
``SMVM__REDIS__URL`` sets ``redis.url``; lists are written as YAML there. Wrong or unknown keys raise
``ConfigurationError`` with the path of each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from smvm_common.identifiers import DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class TractionBuildSettings:
    """How SMVM and TractionBuild call each other. ``timeout_seconds`` and ``retry_attempts`` apply to
    callbacks; ``rate_limit_rpm`` is how many runs a token may submit each minute."""

    base_url: str = "https://api.tractionbuild.company.com"
    timeout_seconds: float = 30.0
    retry_attempts: int = 5
    rate_limit_rpm: int = 100


@dataclass(frozen=True, slots=True)
class SmvmEndpointSettings:
    """Where SMVM is reached and with which token the client authenticates."""

    base_url: str = "http://127.0.0.1:8080"
    api_version: str = "v1"
    service_account_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class IntegrationSettings:
    tractionbuild: TractionBuildSettings = TractionBuildSettings()
    smvm: SmvmEndpointSettings = SmvmEndpointSettings()


@dataclass(frozen=True, slots=True)
class FeatureFlags:
    """The guide's four flags."""

    validation_enabled: bool = True
    async_callbacks: bool = True
    detailed_logging: bool = False
    mock_mode: bool = False


@dataclass(frozen=True, slots=True)
class RedisSettings:
    """``visibility_timeout_seconds`` must exceed the longest stage's time limit."""

    url: str = field(default="redis://127.0.0.1:6379/0", repr=False)
    visibility_timeout_seconds: int = 600


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """The system of record: a directory, or an S3 bucket. With ``encryption_keys_directory`` set SMVM
    encrypts what it stores under keys that are wrapped by the ones in there."""

    kind: Literal["directory", "s3"] = "directory"
    path: Path = Path(".smvm/store")
    bucket: str = "smvm"
    prefix: str = ""
    endpoint_url: str | None = None
    region: str = "us-east-1"
    access_key_id: str | None = field(default=None, repr=False)
    secret_access_key: str | None = field(default=None, repr=False)
    server_side_encryption: Literal["AES256", "aws:kms"] | None = None
    encryption_keys_directory: Path | None = None


@dataclass(frozen=True, slots=True)
class AuthSettings:
    """``keys_directory`` holds the signing keys, one PEM file per key id.

    ``client_certificate_header`` names the header in which a proxy that ends TLS hands on the
    verified client certificate (URL-escaped PEM); it must strip what clients send under that name.
    ``require_bound_tokens`` refuses tokens that are not bound to a certificate (RFC 8705).
    ``trusted_proxies`` is how many proxies stand in front, whose ``X-Forwarded-For`` is believed.
    """

    issuer: str = "smvm"
    audience: str = "smvm-api"
    keys_directory: Path = Path(".smvm/keys")
    client_certificate_header: str | None = None
    require_bound_tokens: bool = False
    trusted_proxies: int = 0


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """What SMVM uses to prove itself to one tenant's receiver; both may be rotated."""

    callback_api_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CallbackSettings:
    """``allowed_hosts`` (``host`` or ``host:port``) may be plain http and private, for sandboxes.
    ``concurrency_per_destination`` bounds how many workers one slow receiver can hold."""

    allowed_hosts: tuple[str, ...] = ()
    connect_timeout_seconds: float = 5.0
    retry_delays_seconds: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 16.0)
    breaker_failures: int = 5
    breaker_reset_seconds: float = 30.0
    concurrency_per_destination: int = 8


@dataclass(frozen=True, slots=True)
class TimelineSettings:
    """The guide's timeline. ``gate_margin_seconds`` is kept back for deciding on what there is."""

    gate_seconds: float = 180.0
    gate_margin_seconds: float = 15.0
    completion_days: float = 30.0
    final_days: float = 32.0


@dataclass(frozen=True, slots=True)
class MaintenanceSettings:
    """The weekly window, in UTC; ``weekday`` 0 is Monday; ``forced`` closes at once, by hand."""

    enabled: bool = True
    weekday: int = 6
    start: str = "02:00"
    end: str = "04:00"
    forced: bool = False


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """Bounds of a request, and requests per minute and token of each endpoint."""

    max_body_bytes: int = 262_144
    max_json_depth: int = 16
    status_rpm: int = 1000
    results_rpm: int = 100
    complete_rpm: int = 50
    finalize_rpm: int = 20
    other_rpm: int = 100


@dataclass(frozen=True, slots=True)
class SchedulerSettings:
    """How often beat looks for due milestones, and for runs that do not move."""

    milestone_tick_seconds: float = 5.0
    reconcile_tick_seconds: float = 10.0
    stalled_after_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class SimulationSettings:
    """``agents`` stand for all potential buyers. A simulation is cut into ``shards`` tasks (1: the
    stage does all itself), each on ``threads`` cores. Neither changes a byte of the result."""

    agents: int = 10_000
    shards: int = 1
    threads: int = 1


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """A sandbox lets tokens with the ``sandbox`` scope advance a run's own clock."""

    enabled: bool = False


@dataclass(frozen=True, slots=True)
class LanguageModelSettings:
    """An OpenAI-compatible endpoint (``…/v1``). ``timeout_seconds`` is for one attempt; answers
    are kept for ``cache_days``; ``structured_output`` asks for answers by JSON Schema."""

    base_url: str = ""
    model: str = ""
    api_key: str | None = field(default=None, repr=False)
    timeout_seconds: float = 10.0
    structured_output: bool = True
    max_answer_tokens: int = 800
    tokens_per_run: int = 40_000
    tokens_per_month: int = 2_000_000
    cache_days: int = 7


@dataclass(frozen=True, slots=True)
class ProvidersSettings:
    """Where market data, competitors and help with language come from. ``companies_csv`` holds the
    operator's own competitors."""

    kind: Literal["offline", "openai_compatible"] = "offline"
    companies_csv: Path | None = None
    openai_compatible: LanguageModelSettings = LanguageModelSettings()


@dataclass(frozen=True, slots=True)
class LoggingSettings:
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"


@dataclass(frozen=True, slots=True)
class GateSettings:
    """The gate's criteria: ``minimum_tam`` in USD a year, the others in 0 to 1."""

    minimum_tam: float = 1e6
    proceed_probability: float = 0.6
    reject_probability: float = 0.15
    minimum_feasibility: float = 0.2
    comfortable_feasibility: float = 0.45
    required_competitors: int = 5


@dataclass(frozen=True, slots=True)
class FinalDecisionSettings:
    """The utility from which to go and below which not to, and what it consists of: the chance of a
    positive NPV, less ``downside_weight`` where the worst twentieth of the futures loses twice
    ``bearable_loss`` times the median need of money, less ``criteria_weight`` where the gate's
    criteria are surely not met."""

    go_utility: float = 0.6
    no_go_utility: float = 0.35
    bearable_loss: float = 3.0
    downside_weight: float = 0.2
    criteria_weight: float = 0.2


@dataclass(frozen=True, slots=True)
class DecisionSettings:
    """By what the gate and the final decision judge. A risk whose score (probability times impact, 0 to
    1) reaches ``risk_escalation`` is told to the receiver at once."""

    gate: GateSettings = GateSettings()
    final: FinalDecisionSettings = FinalDecisionSettings()
    risk_escalation: float = 0.6


@dataclass(frozen=True, slots=True)
class Settings:
    integration: IntegrationSettings = IntegrationSettings()
    features: FeatureFlags = FeatureFlags()
    redis: RedisSettings = RedisSettings()
    store: StoreSettings = StoreSettings()
    auth: AuthSettings = AuthSettings()
    callbacks: CallbackSettings = CallbackSettings()
    tenants: Mapping[str, TenantSettings] = field(default_factory=dict, repr=False)
    timeline: TimelineSettings = TimelineSettings()
    decision: DecisionSettings = DecisionSettings()
    maintenance: MaintenanceSettings = MaintenanceSettings()
    limits: LimitSettings = LimitSettings()
    scheduler: SchedulerSettings = SchedulerSettings()
    simulation: SimulationSettings = SimulationSettings()
    sandbox: SandboxSettings = SandboxSettings()
    providers: ProvidersSettings = ProvidersSettings()
    logging: LoggingSettings = LoggingSettings()
    pseudonym_key: str = field(default="", repr=False)
    """Keys the pseudonyms of submitters and the digests of requests; required outside mock mode."""


__all__ = ["DEFAULT_TENANT", "Settings"]
