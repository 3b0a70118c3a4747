from defects import again, defect

ACTIVITY = "intermediate.int_tool_library__activity"

DEFECTS = [defect(ACTIVITY, "prets_conserves", again(ACTIVITY))]
