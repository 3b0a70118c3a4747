"""Settings of a Superset for Beffroi: French, no request outside. Superset reads it from SUPERSET_CONFIG_PATH."""

import os

SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]  # openssl rand -base64 42; keep it, it encrypts the passwords
SQLALCHEMY_DATABASE_URI = os.environ["SUPERSET_DATABASE"]  # Superset's own tables, not the marts

BABEL_DEFAULT_LOCALE = "fr"
LANGUAGES = {"fr": {"flag": "fr", "name": "Français"}}
# As the boards of Beffroi write numbers: 1 234,56 € with unbreakable spaces.
D3_FORMAT = {"decimal": ",", "thousands": "\u202f", "grouping": [3], "currency": ["", "\u00a0€"]}
D3_TIME_FORMAT = {
    "dateTime": "%A %e %B %Y à %X",
    "date": "%d/%m/%Y",
    "time": "%H:%M:%S",
    "periods": ["", ""],
    "days": ["dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"],
    "shortDays": ["dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."],
    "months": [
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ],
    "shortMonths": [
        *("janv.", "févr.", "mars", "avr.", "mai", "juin"),
        *("juil.", "août", "sept.", "oct.", "nov.", "déc."),
    ],
}
CURRENCIES = ["EUR"]
# A publication is to be seen at once: what charts have asked is not kept.
DATA_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}

# Superset's own policy without the addresses outside, where each page would otherwise ask for an image.
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,  # true behind TLS, with the cookie below
    "session_cookie_secure": False,
}
