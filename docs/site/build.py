"""Build the site: ``python -m docs.site.build OUT`` (``make site``).

OUT is written anew: `pages/`, what the site is made of, and `html/`, the site. A command that
prints something else than its page says, a link that leads nowhere, a docstring that does not fit
its function or a notebook whose cell fails ends it, with exit code 1.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from nbclient.exceptions import CellExecutionError

from docs.site.notebooks import write_notebook
from docs.site.staging import SiteError, stage

ROOT = Path(__file__).parents[2]
CONFIGURATION = "zensical.toml"


def main() -> None:
    """Build it."""
    (out,) = map(Path, sys.argv[1:])
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as temporary:
        try:
            stage(ROOT, out / "pages", Path(temporary))
            for path in sorted((ROOT / "docs" / "notebooks").glob("*.ipynb")):
                folder = Path(temporary, path.stem)
                folder.mkdir()
                (folder / "fixtures").symlink_to(ROOT / "fixtures")
                write_notebook(path, out / "pages/docs/notebooks" / f"{path.stem}.md", folder)
                print(f"ran {path.name}")
        except (SiteError, CellExecutionError) as error:
            sys.exit(str(error))
    shutil.copyfile(ROOT / "docs" / "site" / CONFIGURATION, out / CONFIGURATION)
    tool = Path(sys.executable).parent / "zensical"
    done = subprocess.run(
        [tool, "build", "--strict"],
        cwd=out,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(done.stdout)
    # What the reader of docstrings complains of does not end the build by itself.
    sys.exit(done.returncode or int("griffe:" in done.stdout))


if __name__ == "__main__":
    main()
