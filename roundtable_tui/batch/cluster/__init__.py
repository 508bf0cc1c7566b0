"""A batch on several processes or machines, by Dask. Needs the extra `cluster`."""
