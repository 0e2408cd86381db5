"""Work on many machines, by dask.distributed (extra `cluster`), imported when it is asked for."""
