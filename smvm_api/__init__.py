"""The HTTP face of SMVM: authenticate, validate, write durably, answer. No analysis here."""
