"""Runs on several devices: processes that train one network together."""
