"""The Celery side of SMVM: the pipeline, its stages, the engine, callbacks and milestones."""
