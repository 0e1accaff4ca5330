"""The audit's chain: records that name the one before, who checks them, and what each role tells when it begins."""
