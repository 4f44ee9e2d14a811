"""Published results: how they are rerun, compared and reported."""
