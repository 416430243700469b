"""The address of a PostgreSQL database, and how it is shown: without its password."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

SCHEMES = ("postgresql", "postgres")


@dataclass(frozen=True, slots=True)
class Address:
    """A URL as libpq and asyncpg read it: postgresql://user:password@host:port/database?sslmode=require."""

    url: str

    @property
    def database(self) -> str:
        """The name of the database."""
        return urlsplit(self.url).path.strip("/")

    def __str__(self) -> str:
        parts = urlsplit(self.url)
        user, at, place = parts.netloc.rpartition("@")
        place = place or ",".join(parse_qs(parts.query).get("host", ["localhost"]))
        return f"postgresql://{user.partition(':')[0]}{at}{place}{parts.path}"


def is_postgres(url: str) -> bool:
    """Whether a URL names a PostgreSQL database."""
    return urlsplit(url).scheme in SCHEMES
