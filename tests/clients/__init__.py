"""Programs of others against the proxy: `make clients`. They are installed from the registries by the run."""
