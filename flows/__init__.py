"""One Prefect flow per file, named like its deployment. A flow chains tasks; it holds no logic of its own."""
