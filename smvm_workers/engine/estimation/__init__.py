"""Estimators of consumer behaviour from individual data, by maximum likelihood."""
