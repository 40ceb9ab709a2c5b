"""The client of SMVM for TractionBuild's engineers.

>>> client = SmvmClient("https://api.smvm.company.com", token)      # doctest: +SKIP
>>> accepted = client.submit(Submission("PROJ-1", Idea("…", "finance"), "https://…"))  # doctest: +SKIP
>>> client.wait(accepted.validation_id, on_progress=print)          # doctest: +SKIP
"""

from smvm_common.client.answers import Accepted, Artifact, State
from smvm_common.client.client import SmvmClient
from smvm_common.client.dead_letter_file import Letter, Refusal
from smvm_common.client.errors import (
    ApiError,
    ClientError,
    DisabledError,
    IntegrityError,
    InvalidSubmissionError,
    OutageError,
    UnexpectedAnswerError,
    WaitTimeoutError,
)
from smvm_common.client.requests import Idea, Observation, Submission
from smvm_common.client.verification import Callback, CallbackVerifier, VerificationError

__all__ = [
    "Accepted",
    "ApiError",
    "Artifact",
    "Callback",
    "CallbackVerifier",
    "ClientError",
    "DisabledError",
    "Idea",
    "IntegrityError",
    "InvalidSubmissionError",
    "Letter",
    "Observation",
    "OutageError",
    "Refusal",
    "SmvmClient",
    "State",
    "Submission",
    "UnexpectedAnswerError",
    "VerificationError",
    "WaitTimeoutError",
]
