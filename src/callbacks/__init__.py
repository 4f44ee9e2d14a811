"""What happens beside training: checkpoints, progress, pictures, logs."""
