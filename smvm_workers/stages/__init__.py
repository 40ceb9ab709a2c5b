"""The stages: each reads documents, calls the engine, and hands documents back."""
