"""Reads the operator's competitors, a CSV file whose rows name their source and year."""

from pathlib import Path

from smvm_common.errors import ConfigurationError
from smvm_workers.engine.catalogue import CatalogueEntry, parse_companies
from smvm_workers.engine.reference.tables import TableRowError


def read_companies(path: Path | None) -> tuple[CatalogueEntry, ...]:
    """The companies, none without a file; ``ConfigurationError`` names the line that is refused."""
    if path is None:
        return ()
    try:
        return parse_companies(str(path), path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"providers.companies_csv: cannot read {path}: {error}") from error
    except (TableRowError, KeyError) as error:
        raise ConfigurationError(f"providers.companies_csv: {error}") from error
