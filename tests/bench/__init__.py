"""What Roundtable costs, measured: `make bench`. Ratios within one run; no test asserts a time."""
