"""Observed traction changes what is believed: Bayes over the draws of the priors."""

from smvm_workers.engine.evidence.update import Change, Update, count_in, update

__all__ = ["Change", "Update", "count_in", "update"]
