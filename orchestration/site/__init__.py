"""The dashboards: a folder of static French pages per perimeter, made from a published snapshot and nothing else."""
