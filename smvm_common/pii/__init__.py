"""Finds and masks personal data in free text, before anything is written.

Formats are matched by patterns and confirmed by their check digits or numbering plans, names by the
census's lists, so that a market size is not taken for a card number, nor a brand for a person.
"""

from smvm_common.pii.masking import find_pii, mask_text, mask_values
from smvm_common.pii.spans import Span

__all__ = ["Span", "find_pii", "mask_text", "mask_values"]
