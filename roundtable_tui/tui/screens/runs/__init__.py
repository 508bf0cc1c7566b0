"""The screens about runs that were: all of them in a list, and what can be done with one."""
