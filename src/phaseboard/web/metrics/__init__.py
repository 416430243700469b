"""What a server tells of itself at `/metrics`, in the Prometheus text format."""
