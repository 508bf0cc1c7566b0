"""Many runs: a queue with limits, one run to its end, and a results file that a later start continues."""
