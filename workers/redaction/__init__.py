"""Numbers, addresses and dates that tell who somebody is, taken out of a transcript before it leaves the worker.

A pure core: texts in, spans and marks out. The recognisers know English and German, written and spoken digits.
"""
