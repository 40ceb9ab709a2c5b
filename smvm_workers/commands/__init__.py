"""Operator commands of the celery command line: ``celery -A smvm_workers dead-letters``, ``runs``."""
