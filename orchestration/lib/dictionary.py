"""The data dictionary: the documentation that dbt makes of the project, as one page without server or network.

It holds names, types, descriptions and SQL, and no row. Made once per state of the dbt project: it takes some seconds.
"""

import logging
import subprocess

from orchestration.lib import manifest
from orchestration.lib.home import DBT_PROJECT, Home, open_to_readers

LOG = logging.getLogger("beffroi.dictionary")


def write(home: Home) -> None:
    """Make the page of the project as it is now, from its warehouse, unless it is there; a failure is only told.

    The warehouse must have been built, and no other process have it open.
    """
    page, digest = home.dictionary, manifest.project_digest()
    stamp = page.with_name("project.digest")
    if page.exists() and stamp.exists() and stamp.read_text() == digest:
        return
    # Beside the manifest: dbt then has nothing to parse again.
    target = manifest.path().parent
    arguments = ["docs", "generate", "--static", "--no-compile", "--quiet", "--profiles-dir", DBT_PROJECT]
    made = subprocess.run(  # noqa: S603
        [manifest.DBT, *arguments, "--target-path", target],
        cwd=DBT_PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    written = target / "static_index.html"
    if made.returncode or not written.exists():
        LOG.warning("the data dictionary could not be made: %s", f"{made.stdout}{made.stderr}".strip())
        return
    page.parent.mkdir(exist_ok=True)
    written.replace(page)
    stamp.write_text(digest)
    for path in (page.parent, page):
        open_to_readers(path)
