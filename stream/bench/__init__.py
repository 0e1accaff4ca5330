"""`tonewatch bench`: load, faults and fuzzed input on all roles as processes, and what that proves or measures."""
