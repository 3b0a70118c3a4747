"""What an export of the tool library must be."""

from expectations.common import raw_suites

SUITES = raw_suites("tool_library", {})
