"""What `bench/run.py` is made of. Only the standard library of Python is needed."""
