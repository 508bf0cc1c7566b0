"""The tools of a run: from what the request, the task and the settings say to the tools themselves."""
