"""Figures of images, filters and feature maps."""
