"""`python -m roundtable_tui` is `roundtable`, but Python looks for modules in the current folder first."""

import sys

from roundtable_tui.utils import processes

# What is imported from here on does not come from there. `python -P -m` keeps it away from the first.
sys.path[:] = processes.import_path(sys.path)

from roundtable_tui.cli.main import main  # noqa: E402

sys.exit(main())
