import pytest

from zdpipe.errors import ProjectError
from zdpipe.model.fields import Kind
from zdpipe.project.load import load_project, refuse_unknown_rules

EVERYTHING = """\
[source]
engine = "duckdb"
database = "data/customer_360.duckdb"
tables = { Orders = "/elsewhere/orders/*.parquet" }
setup = ["LOAD json"]
dialect = "trino"

[destinations.simulator]
kind = "simulator"
job_seconds = 0

[destinations.production]
subdomain = "Acme"
auth = "token"
email = "env:ZENDESK_EMAIL"
api_token = "file:token.txt"
users_per_second = 50
protected = true

[destinations.local]
base_url = "http://127.0.0.1:8977/"

[defaults]
destination = "simulator"

[paths]
queries = "sql"

[limits]
memory = "1.5 GB"
threads = 3

[fields.phone]
on_invalid = "reject"

[fields."user_fields.score"]
as = "decimal"

[fields.user_fields.city]
allow = false
values = { "Den Haag" = "The Hague" }

[fields.tags]
allow = true

[phone]
default_region = "DE"
accept = "possible"

[identity]
skip_verify_email = false

[state]
keep_runs = 100

[lint]
severity = { ZD204 = "hint" }
ignore = ["ZD104"]
"""


def write(folder, text):
    (folder / "zdpipe.toml").write_text(text, encoding="utf-8")
    return folder


def test_every_available_key_is_read_and_paths_start_at_the_projects_folder(tmp_path):
    project = load_project(write(tmp_path, EVERYTHING))
    assert project.root == tmp_path
    assert project.source.database == tmp_path / "data/customer_360.duckdb"
    assert str(project.source.tables["Orders"]) == "/elsewhere/orders/*.parquet"
    assert (project.source.setup, project.source.dialect) == (("LOAD json",), "trino")
    assert project.default_destination == "simulator"
    assert project.paths.queries == tmp_path / "sql"
    assert project.paths.state == tmp_path / ".zdpipe"
    assert (project.limits.memory, project.limits.threads) == ("1.5 GB", 3)
    assert project.fields["phone"].on_invalid == "reject"
    assert project.fields["user_fields.city"].values == {"Den Haag": "The Hague"}
    assert project.fields["user_fields.score"].as_ is Kind.DECIMAL
    assert project.fields["user_fields.city"].allow is False
    assert project.fields["tags"].allow is True
    assert (project.phone.default_region, project.phone.accept) == ("DE", "possible")
    assert project.identity.skip_verify_email is False
    assert project.state.keep_runs == 100
    assert (project.lint.severity, project.lint.ignore) == ({"ZD204": "hint"}, ("ZD104",))
    assert project.destinations["production"].name == "production"
    assert project.destinations["production"].protected is True


def test_an_empty_file_is_a_project_of_defaults(tmp_path):
    project = load_project(write(tmp_path, ""))
    assert (project.source.database, project.destinations, project.default_destination) == (None, {}, None)
    assert project.identity.skip_verify_email is True
    assert project.state.keep_runs is None
    assert (project.phone.default_region, project.phone.require_plus_one) == ("US", False)


def test_the_nearest_folder_upward_is_the_project(tmp_path):
    write(tmp_path, "")
    inner = tmp_path / "a"
    (inner / "b" / "c").mkdir(parents=True)
    write(inner, "")
    assert load_project(inner / "b" / "c").root == inner
    assert load_project(inner / "b", explicit=tmp_path).root == tmp_path


def test_no_project_has_a_code_and_names_init(tmp_path):
    for explicit in (None, tmp_path / "nowhere"):
        with pytest.raises(ProjectError) as caught:
            load_project(tmp_path, explicit)
        assert caught.value.code == "no_project"
        assert "zdpipe init" in caught.value.hint


def test_a_file_saved_on_windows_is_read_and_located(tmp_path):
    text = '\ufeff[limits]\r\nmemory = "1GB"\r\nthreds = 2\r\n'
    (tmp_path / "zdpipe.toml").write_bytes(text.encode())
    with pytest.raises(ProjectError, match=r"zdpipe\.toml:3: .*threds"):
        load_project(tmp_path)


REFUSED = {
    "unknown table": '[sourse]\ndatabase = "x"',
    "unknown key": '[source]\n\ndatabse = "x"',
    "unknown key of a destination": '[destinations.a]\nkind = "simulator"\nsubdomian = "b"',
    "a destination does not name itself": '[destinations.a]\nname = "b"\nkind = "simulator"',
    "unknown key of a field": "[fields.phone]\nallowed = true",
    "unknown field": "[fields.fone]\nallow = true",
    "nested custom field": "[fields.user_fields.city]\n\nsize = 3",
    "later key of a field": '[fields.phone]\nnulls = "keep"',
    "only where empty, and emptied": '[fields.phone]\nnulls = "clear"\nonly_if_empty = true',
    "a name only where there is none": "[fields.name]\nonly_if_empty = true",
    "merged, and emptied": '[fields.tags]\nnulls = "clear"',
    "merged, and only where empty": "[fields.tags]\nonly_if_empty = true",
    "mode of no list": '[fields.phone]\nmode = "merge"',
    "later key of limits": '[limits]\nthreads = 2\nstore = "1GB"',
    "later key of identity": '[identity]\non_email_change = "add"',
    "no table": "phone = 3",
    "no tables": "destinations = []",
    "not TOML": '[source]\ndatabase = "x',
    "cut off": "[source]\ntables = {",
    "text for a number": '[destinations.a]\nkind = "simulator"\nusers_per_second = "fast"',
    "share above all": "[guards]\ngone = 101",
    "number for a switch": "[guards]\nempty = 1",
    "number too small": '[destinations.a]\nkind = "simulator"\nusers_per_second = 0',
    "number for a text": "[source]\ndatabase = 3",
    "text for a switch": '[phone]\nrequire_plus_one = "yes"',
    "empty path": '[paths]\nstate = ""',
    "blank spelling": '[fields.phone]\nvalues = { " " = "x" }',
    "spelling twice": '[fields.phone]\nvalues = { "A  b" = "x", "a B" = "y" }',
    "spelling that leads on": '[fields.phone]\nvalues = { "a" = "b", "B" = "c" }',
    "spelling of a number": '[fields.phone]\nvalues = { "a" = 1 }',
    "no length": "[fields.notes]\nmax_length = 0",
    "word not offered": '[fields.phone]\non_invalid = "drop"',
    "kind not known": '[fields.phone]\nas = "telephone"',
    "memory without unit": '[limits]\nmemory = "500"',
    "region": '[phone]\ndefault_region = "us"',
    "region that is none": '[phone]\ndefault_region = "XX"',
    "list": '[lint]\nignore = "ZD104"',
    "thread count": "[limits]\nthreads = 99999999999999999999",
    "number as a text": '[destinations.a]\nkind = "simulator"\njob_seconds = "1"',
    "endless number": '[destinations.a]\nkind = "simulator"\njob_seconds = inf',
    "path with a zero byte": '[source]\ndatabase = "a\\u0000b"',
    "name of a destination": '[destinations."../a"]\nkind = "simulator"',
    "several tables at once": '[[destinations]]\nkind = "simulator"',
    "read-only field": "[fields.id]\nallow = true",
    "dotted key": 'source.databse = "x"',
    "inline table": 'limits = { memory = "1GB", thread = 2 }',
    "engine": '[source]\nengine = "sparc"',
    "spark without a server": '[source]\nengine = "spark"',
    "address of no Spark": '[source]\nengine = "spark"\nremote = "https://spark:443"',
    "a key of DuckDB": '[source]\nengine = "spark"\nremote = "sc://a"\n\nsetup = ["LOAD x"]',
    "a key of Spark": '[source]\ndatabases = ["crm"]',
    "dialect": '[source]\ndialect = "Snowflak"',
    "severity": '[lint]\nseverity = { ZD204 = "fatal" }',
    "no address": "[defaults]\n[destinations.a]\nprotected = true",
    "two addresses": '[destinations.a]\nsubdomain = "a"\nbase_url = "https://a.zendesk.com"',
    "address of the simulator": '[destinations.a]\nkind = "simulator"\nsubdomain = "a"',
    "subdomain with host": '[destinations.a]\nsubdomain = "acme.zendesk.com"',
    "plain http": '[destinations.a]\nbase_url = "http://acme.example.com"',
    "path in the address": '[destinations.a]\nbase_url = "https://acme.zendesk.com/api/v2"',
    "default that is not there": '[destinations.a]\nkind = "simulator"\n[defaults]\ndestination = "b"',
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_used_names_file_line_key_and_cure(tmp_path, what, snapshot):
    with pytest.raises(ProjectError) as caught:
        load_project(write(tmp_path, REFUSED[what] + "\n"))
    message = caught.value.message.replace(str(tmp_path), "FOLDER")
    assert message.startswith("FOLDER/zdpipe.toml:")
    assert f"{message}\n→ {caught.value.hint}" == snapshot


@pytest.mark.parametrize("key", ["email", "api_token", "client_id", "client_secret"])
@pytest.mark.parametrize(
    "value", ["tops3cret", "env:", "env:tops3cret value", "keyring:tops3cret", "vault:tops3cret"]
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path, key, value):
    text = f'[destinations.a]\nsubdomain = "a"\n{key} = "{value}"\n'
    with pytest.raises(ProjectError, match=rf"zdpipe\.toml:3: destinations\.a\.{key} .*reference") as caught:
        load_project(write(tmp_path, text))
    assert "tops3cret" not in caught.value.message + caught.value.hint
    assert caught.value.__cause__ is None


def test_a_token_of_spark_is_a_reference(tmp_path):
    spark = '[source]\nengine = "spark"\n'
    for line in (
        'remote = "sc://a:443/;use_ssl=true;token=tops3cret"',
        'remote = "sc://a"\ntoken = "tops3cret"',
    ):
        with pytest.raises(ProjectError, match=r"zdpipe\.toml:\d: source\.\w+ does not fit") as caught:
            load_project(write(tmp_path, spark + line))
        assert "tops3cret" not in caught.value.message + caught.value.hint
    fine = write(tmp_path, f'{spark}remote = "sc://a:443/;use_ssl=true"\ntoken = "env:TOKEN"\n')
    assert load_project(fine).source.token == "env:TOKEN"


def test_addresses_of_tables_stay_as_they_are(tmp_path):
    text = '[source]\nengine = "spark"\nremote = "sc://a"\n'
    tables = 'tables = { A = "s3a://lake//a", B = "data/b.parquet" }\n'
    project = load_project(write(tmp_path, text + tables))
    assert project.source.tables == {"A": "s3a://lake//a", "B": tmp_path / "data" / "b.parquet"}


def test_brackets_without_end_are_a_project_error(tmp_path):
    with pytest.raises(ProjectError, match="nested too deeply"):
        load_project(write(tmp_path, f"a = {'[' * 5000}{']' * 5000}"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[lint.severity]\nZD104 = "hint"\nslect-star = "error"', 3),
        ('[lint]\nignore = ["ZD104",\n"slect-star"]', 2),
        ('[lint.ignore_in]\n"queries/old/*.sql" = ["slect-star"]', 2),
    ],
)
def test_a_rule_that_is_not_there_is_named_with_its_line_and_the_nearest(tmp_path, text, line):
    project = load_project(write(tmp_path, text))
    with pytest.raises(ProjectError, match=f"toml:{line}: there is no rule slect-star") as caught:
        refuse_unknown_rules(project, {"ZD104", "select-star"})
    assert "Did you mean select-star?" in caught.value.hint
    refuse_unknown_rules(project, {"ZD104", "slect-star"})


def test_a_file_that_is_no_text_is_a_project_error(tmp_path):
    (tmp_path / "zdpipe.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ProjectError, match="not UTF-8"):
        load_project(tmp_path)


def test_gone_customers_are_tagged_with_a_tag_that_zendesk_keeps(tmp_path):
    project = load_project(write(tmp_path, '[gone]\naction = "tag"\ntag = "gone-1"\n'))
    assert (project.gone.action, project.gone.tag) == ("tag", "gone-1")


@pytest.mark.parametrize("text", ['action = "erase"', 'action = "tag"', 'action = "tag"\ntag = "Two Tags"'])
def test_what_cannot_be_done_to_gone_customers_is_told(tmp_path, text):
    with pytest.raises(ProjectError, match=r"zdpipe\.toml:\d: "):
        load_project(write(tmp_path, f"[gone]\n{text}\n"))
