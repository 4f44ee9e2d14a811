"""Launchers: programs that run the jobs of a sweep on other machines."""
