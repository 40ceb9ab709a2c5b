"""A receiver of callbacks: what ``smvm demo`` listens with, and an example for one's own."""

from smvm_common.receiver.receiver import CallbackReceiver, ReceivedCallback

__all__ = ["CallbackReceiver", "ReceivedCallback"]
