"""What is learned from demands that people have classified: features, linear models, versions."""
