"""Packages import the names that they offer when these are first used."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

from roundtable_tui import config, engine, resources
from roundtable_tui.utils import import_when_used


@pytest.mark.parametrize("package", [config, engine, resources], ids=lambda package: package.__name__)
def test_package_with_lazy_names_offers_all_and_no_others(package: ModuleType) -> None:
    assert all(getattr(package, name) is not None for name in package.__all__)
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'nothing'"):
        _ = package.nothing


def test_import_when_used_imports_a_module_at_the_first_use_and_keeps_the_name() -> None:
    code = (
        "import sys\nfrom roundtable_tui import config\n"
        "print('roundtable_tui.config.file' in sys.modules, 'load' in vars(config))\n"
        "config.load\n"
        "print('roundtable_tui.config.file' in sys.modules, 'load' in vars(config))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "True", "True"]


def test_import_when_used_for_a_name_that_its_module_lacks_raises_attribute_error() -> None:
    get_attribute = import_when_used("roundtable_tui.utils", {"dates": ("no_such_name",)})
    with pytest.raises(AttributeError, match="no_such_name"):
        get_attribute("no_such_name")
