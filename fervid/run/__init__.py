"""The stages put together: the analysis of a source, the threads that it runs in, still pictures, and many inputs."""
