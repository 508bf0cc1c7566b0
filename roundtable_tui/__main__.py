"""`python -m roundtable_tui` is `roundtable`."""

import sys

from roundtable_tui.cli import main

sys.exit(main())
