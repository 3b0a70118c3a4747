"""Serving: bringing PostgreSQL, where a town has one for its BI tools, to the published snapshot.

The driver is an optional extra: nothing here needs it until PostgreSQL is asked for.
"""

from types import ModuleType
from typing import TYPE_CHECKING

from orchestration.lib import publish
from orchestration.lib.errors import NotServed
from orchestration.lib.home import Home

if TYPE_CHECKING:
    from orchestration.lib.postgresql import Served


def serve_current(home: Home) -> "Served":
    """Bring PostgreSQL to the published snapshot. Raises NotServed; what it serves then stays as it was."""
    snapshot = publish.current(home)
    if snapshot is None:
        raise NotServed("nothing is published yet")
    return _postgresql().serve(home.published / snapshot.snapshot, _url(home))


def is_behind(home: Home) -> bool:
    """Tell whether PostgreSQL serves another snapshot than the published one. Raises NotServed if it does not say."""
    snapshot = publish.current(home)
    if snapshot is None or home.postgres_url is None:
        return False
    return _postgresql().served(home.postgres_url) != snapshot.snapshot


def _url(home: Home) -> str:
    if home.postgres_url is None:
        raise NotServed("BEFFROI_POSTGRES_URL is not set")
    return home.postgres_url


def _postgresql() -> ModuleType:
    try:
        from orchestration.lib import postgresql
    except ModuleNotFoundError as error:
        raise NotServed(f"{error.name} is not installed: pip install 'beffroi[postgres]'") from None
    return postgresql
