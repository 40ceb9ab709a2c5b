"""Market data, competitors and help with language, behind one small interface.

The offline provider is the default: the packaged tables and the engine, no network. The one of an
OpenAI-compatible endpoint adds what a language model says, within a budget of tokens, and falls back
to the offline one whenever the endpoint is of no use.
"""
