"""Between messages and dead letters: what is buried can be sent again exactly as it was."""

from datetime import datetime

from smvm_common.clock import parse_rfc3339, rfc3339
from smvm_common.dead_letters import DeadLetter, letter_id
from smvm_common.outbox import DeliveryState
from smvm_workers.callbacks.message import Message
from smvm_workers.callbacks.policy import Answer


def id_of(message: Message) -> str:
    """The identifier under which the message would be buried."""
    return letter_id(message.key, message.sequence, message.occurred_at)


def letter_of(message: Message, answer: Answer, state: DeliveryState, now: datetime) -> DeadLetter:
    """Bury a message whose last attempt was at ``now``; ``state`` is that before the attempt."""
    return DeadLetter(
        id=id_of(message),
        key=message.key,
        correlation_id=message.correlation_id,
        url=message.url,
        kind=message.kind,
        sequence=message.sequence,
        webhook_id=message.webhook_id,
        body=message.body,
        attempts=state.failures + 1,
        reason=answer.reason,
        occurred_at=rfc3339(message.occurred_at),
        first_attempt_at=rfc3339(state.failing_since or now),
        last_attempt_at=rfc3339(now),
    )


def message_of_letter(letter: DeadLetter) -> Message:
    """The same message again."""
    return Message(
        key=letter.key,
        correlation_id=letter.correlation_id,
        url=letter.url,
        kind=letter.kind,
        sequence=letter.sequence,
        webhook_id=letter.webhook_id,
        body=letter.body,
        occurred_at=parse_rfc3339(letter.occurred_at),
    )
