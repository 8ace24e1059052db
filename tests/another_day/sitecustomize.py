"""Python imports this at its start when a run of the tests is on another day: see `begin` in tests/days.py.

It stands alone in its folder, which only such a run puts on PYTHONPATH; no process in production ever sees it.
"""

import os
import time

import time_machine

time_machine.travel(time.time() + float(os.environ["INTAKE_TESTS_SHIFTED_BY"]), tick=True).start()
