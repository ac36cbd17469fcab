"""Do tests that run side by side keep out of each other's way?"""

import os
from pathlib import Path

from django.conf import settings


def test_a_test_process_keeps_its_files_in_a_home_of_its_own():
    # A worker of a parallel run inherits the environment of the process that started it: settings read from that
    # would be the other's home, and a test that looks what files were kept would see its neighbour's.
    assert Path(os.environ["FIRM_HOME"]) == settings.FIRM_HOME
