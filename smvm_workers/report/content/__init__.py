"""What the report says, as plain data: words, rounded figures, and the charts' takeaways."""

from smvm_workers.report.content.composition import compose

__all__ = ["compose"]
