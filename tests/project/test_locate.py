import json
import tomllib

from hypothesis import given
from hypothesis import strategies as st

from zdpipe.project.locate import line_of

TEXT = '''\
# [source]
top.dotted = 1

[source] # database = 2
setup = [
  "database = 3",
]
text = """
database = 4
[limits]
"""
database = 5

[fields."user_fields.city"]
'as' = "text"
[fields]
phone = { allow = true, on_invalid = "omit" }
[destinations . "a.b"]
kind = "simulator"
'''


def test_keys_are_found_past_comments_texts_and_lists():
    lines = TEXT.split("\n")
    expected = {
        ("top", "dotted"): "top.dotted = 1",
        ("source",): "[source] # database = 2",
        ("source", "setup"): "setup = [",
        ("source", "setup", 0): "setup = [",
        ("source", "database"): "database = 5",
        ("fields", "user_fields.city", "as"): "'as' = \"text\"",
        ("fields", "phone", "on_invalid"): 'phone = { allow = true, on_invalid = "omit" }',
        ("destinations", "a.b", "kind"): 'kind = "simulator"',
        ("destinations", "a.b", "absent"): '[destinations . "a.b"]',
        ("absent",): "# [source]",
    }
    assert {keys: lines[line_of(TEXT, keys) - 1] for keys in expected} == expected


names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=5)
values = st.one_of(st.integers(-9, 9), st.booleans(), names)
tables = st.dictionaries(names, st.dictionaries(names, values, max_size=4), max_size=4)


@given(tables, st.integers(0, 2))
def test_every_key_of_any_file_is_found_on_its_line(tables, blank):
    lines: list[str] = []
    places = {}
    for table, content in tables.items():
        lines += ["# x = 1"] * blank + [f"[{quoted(table)}]"]
        places[(table,)] = len(lines)
        for key, value in content.items():
            lines.append(f"{quoted(key)} = {json.dumps(value, ensure_ascii=False)}")
            places[(table, key)] = len(lines)
    text = "\n".join(lines)
    assert tomllib.loads(text) == tables
    assert {keys: line_of(text, keys) for keys in places} == places


def quoted(text):
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
