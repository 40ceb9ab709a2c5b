"""What the API and the workers share: contracts, the store, the run record, settings, the client."""

__version__ = "0.1.0"
