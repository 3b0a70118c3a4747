"""Suites of the confidential tables, whose rows are those of one agent: guarded like the marts, never published."""
