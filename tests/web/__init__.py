"""Tests of the web application: callbacks and pages."""
