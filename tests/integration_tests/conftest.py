"""Asserts in the package of faults explain themselves as those in tests do."""

import pytest

pytest.register_assert_rewrite("faults")
