"""The monitor: a faust app that hands each call's messages to the judging core and writes what comes out."""
