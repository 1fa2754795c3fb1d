"""The project. This runs before anything imports numpy."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# A question's products are small: more threads wait for one another, and take the other replies' cores for it.
