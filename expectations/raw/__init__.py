"""Suites of the raw tables, one module per system: a critical failure refuses the export it comes from, whole."""
