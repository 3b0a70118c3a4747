"""How a sensor asks for a run: once for the same state of things, again after a crash, but not for ever."""

import dagster as dg

ATTEMPTS = 3  # a run that failed on the same state this often waits for a person
DIGEST_TAG = "beffroi/pending"


def request(instance: dg.DagsterInstance, digest: str, what: str) -> dg.SensorResult | dg.SkipReason:
    """Ask for one run for the state ``digest``, unless one is under way for it or it failed too often.

    ``what`` names that state in the log of the sensor. No run key: Dagster never launches a key again, even after a
    failure that had nothing to do with the files.
    """
    runs = instance.get_runs(dg.RunsFilter(tags={DIGEST_TAG: digest}), limit=ATTEMPTS)
    if any(not run.is_finished for run in runs):
        return dg.SkipReason(f"A run for {what} is under way.")
    if len(runs) >= ATTEMPTS:
        return dg.SkipReason(f"{ATTEMPTS} runs failed for {what}: read the log of the last one.")
    return dg.SensorResult(run_requests=[dg.RunRequest(tags={DIGEST_TAG: digest})])
