"""Which tags of the code do nothing, by Pygments' style sheet."""

import sys

import pytest
from notebooks import ROOT

sys.path.insert(0, str(ROOT / "_ext"))
plain_code = pytest.importorskip("plain_code")

STYLE = """
html[data-theme="light"] .highlight { background: #fefefe; color: #080808 }
html[data-theme="light"] .highlight .n { color: #080808 } /* Name */
html[data-theme="light"] .highlight .k { color: #6730C5 } /* Keyword */
html[data-theme="light"] .highlight .o { color: #080808 } /* Operator */
html[data-theme="light"] .highlight .ge { color: #080808; font-style: italic }
html[data-theme="dark"] .highlight { background: #2b2b2b; color: #F8F8F2 }
html[data-theme="dark"] .highlight .n { color: #F8F8F2 } /* Name */
html[data-theme="dark"] .highlight .k { color: #F8F8F2 } /* Keyword */
html[data-theme="dark"] .highlight .o { color: #ABE338 } /* Operator */
html[data-theme="dark"] .highlight .ge { color: #F8F8F2; font-style: italic }
"""


def test_a_class_is_plain_where_it_has_the_texts_colour_by_day_and_by_night_and_nothing_else():
    assert plain_code.plain_classes(STYLE) == {"n"}
    assert plain_code.plain_classes("") == set()
