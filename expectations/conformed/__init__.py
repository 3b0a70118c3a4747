"""Suites of the intermediate models: what every system must look like before anything is joined."""
