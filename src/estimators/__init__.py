"""Estimators of scikit-learn around the config of a run."""
