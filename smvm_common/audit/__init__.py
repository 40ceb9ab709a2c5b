"""The audit trail: events of each run in a chain of hashes, and signed checkpoints over all chains."""
