"""Runs cells (argument 1, a JSON list of texts) in the kernel `ondol`; writes what each puts out (argument 2, JSON)."""

import json
import sys

import nbformat
from nbclient import NotebookClient

notebook = nbformat.v4.new_notebook()
notebook.cells = [nbformat.v4.new_code_cell(code) for code in json.loads(sys.argv[1])]
NotebookClient(notebook, kernel_name="ondol", allow_errors=True, timeout=120, startup_timeout=30).execute()
with open(sys.argv[2], "w", encoding="utf-8") as out:
    json.dump([cell.outputs for cell in notebook.cells], out)
