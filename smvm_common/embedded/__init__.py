"""Real servers started from binaries that come with the installation: for the demo, a laptop, tests."""
