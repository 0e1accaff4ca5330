"""Usual ways to hear emotion in calls, built from public packages, for what they cost beside this one."""
