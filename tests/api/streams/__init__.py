"""Tests of streams: groups against members in the test's hands, connections against real sockets."""
