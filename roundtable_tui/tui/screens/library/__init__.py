"""Screens that list and edit resources: personas, teams and tasks."""
