"""Suites of the staging models, one module per system: typed without loss, one version standing per key."""
