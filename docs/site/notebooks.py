"""The notebooks, run from their first cell to their last, as pages."""

from pathlib import Path

import nbformat
from nbconvert import MarkdownExporter
from nbconvert.preprocessors import ExecutePreprocessor

from docs.site.staging import SiteError

SECONDS = 600
"""What a cell may take."""


def write_notebook(path: Path, page: Path, folder: Path) -> None:
    """Run a notebook in ``folder``, which has the fixtures, and write what came of it.

    Raises:
        SiteError: it is kept with outputs.
        nbclient.exceptions.CellExecutionError: a cell failed; it says which, and how.
    """
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code" and (cell.outputs or cell.execution_count):
            raise SiteError(f"{path.name}: it is kept without outputs: clear them and save it")
    ExecutePreprocessor(timeout=SECONDS, kernel_name="python3", coalesce_streams=True).preprocess(
        notebook, {"metadata": {"path": str(folder)}}
    )
    text, _ = MarkdownExporter().from_notebook_node(notebook)
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(text, "utf-8")
