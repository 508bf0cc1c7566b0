"""The screens for recorded runs: the list, and actions on one run."""
