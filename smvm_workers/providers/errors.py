"""Why a language model gave no answer. All of it ends in the offline provider."""


class NoAnswerError(Exception):
    """The language model gave no answer.

    ``again`` says whether a second attempt may fare better, ``wait`` how many seconds it was asked
    to stay away. ``tokens`` were used all the same; None where nobody told. Messages never
    hold what was sent or received, which may carry secrets.
    """

    reason = "no_answer"
    again = True

    def __init__(self, *, tokens: int | None = 0, wait: float = 0.0) -> None:
        super().__init__((type(self).__doc__ or "").strip().split("\n")[0])
        self.tokens = tokens
        self.wait = wait


class UnreachableError(NoAnswerError):
    """The endpoint could not be reached."""

    reason = "unreachable"


class TooSlowError(NoAnswerError):
    """The endpoint did not answer in time."""

    reason = "too_slow"


class BusyError(NoAnswerError):
    """The endpoint asked to be left alone for a while."""

    reason = "busy"


class EndpointFailedError(NoAnswerError):
    """The endpoint failed."""

    reason = "endpoint_failed"


class RefusedError(NoAnswerError):
    """The endpoint refused the key, the model or the question."""

    reason = "refused"
    again = False


class UnsupportedError(RefusedError):
    """The endpoint does not take the question in this form."""

    reason = "unsupported"
    again = True


class PausedError(NoAnswerError):
    """The endpoint failed several times in a row and is left alone for a while."""

    reason = "paused"
    again = False


class MalformedError(NoAnswerError):
    """The endpoint answered something else than it was asked for."""

    reason = "malformed"


class OverBudgetError(NoAnswerError):
    """The budget of language-model tokens is used up."""

    reason = "over_budget"
    again = False
