"""Convolution and subsampling."""
