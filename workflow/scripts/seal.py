"""Seal a review folder on purpose: python workflow/scripts/seal.py data/raw/<review> [...]"""

import sys
from pathlib import Path

from repool.readers.seal import SEAL, seal
from repool.tables import write_text

for folder in map(Path, sys.argv[1:]):
    if not folder.is_dir():
        sys.exit(f"{folder}: no such review folder")
    write_text(folder / SEAL, seal(folder))
    print(f"{folder}: sealed; check with: cd {folder} && sha256sum -c {SEAL}")
