"""The tests: they mirror the package; `factory` makes plans and releases for all of them."""
