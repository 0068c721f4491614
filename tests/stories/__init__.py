import pytest

pytest.register_assert_rewrite("tests.stories.matrix", "tests.stories.world")
